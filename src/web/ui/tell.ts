/** Short messages at the edge of the page, and questions before what cannot be undone. */
import { createDiscreteApi } from 'naive-ui';
import { refusalLine } from '../api/refusal.js';
import { i18n } from '../i18n.js';
import { useLibraryTheme } from './theme.js';

type Api = ReturnType<typeof createDiscreteApi<'message' | 'dialog'>>;
let api: Api | undefined;

function library(): Api {
  api ??= createDiscreteApi(['message', 'dialog'], {
    configProviderProps: useLibraryTheme(),
    messageProviderProps: { max: 4, placement: 'top-right' },
  });
  return api;
}

const LONG_MS = 8000;

export function tellDone(text: string): void {
  library().message.success(text);
}

export function tell(text: string): void {
  library().message.info(text);
}

export function tellRefused(error: unknown): void {
  library().message.error(refusalLine(error), { duration: LONG_MS, closable: true });
}

export function warn(text: string): void {
  library().message.warning(text, { duration: LONG_MS, closable: true });
}

/** True when the person says yes. */
export function confirm(title: string, content: string): Promise<boolean> {
  const { t } = i18n.global;
  return new Promise((resolve) => {
    library().dialog.warning({
      ...{ title, content, positiveText: t('do.confirm'), negativeText: t('do.cancel'), autoFocus: true },
      positiveButtonProps: { type: 'error' },
      onPositiveClick: () => resolve(true),
      onNegativeClick: () => resolve(false),
      onClose: () => resolve(false),
      onMaskClick: () => resolve(false),
      onEsc: () => resolve(false),
    });
  });
}

/** Does something and says how it went. */
export async function attempt(action: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await action();
    if (done !== undefined) tellDone(done);
    return true;
  } catch (error) {
    tellRefused(error);
    return false;
  }
}
