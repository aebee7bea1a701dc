/** Short messages at the edge of the page, and questions before what cannot be undone. */
import type { DialogApi, MessageApi } from 'naive-ui';
import { refusalLine } from '../api/refusal.js';
import { i18n } from '../i18n.js';

const LONG_MS = 8000;

/** What cannot be told because the library does not come is lost with the connection, which the page shows. */
function withLibrary(use: (library: { message: MessageApi; dialog: DialogApi }) => void): void {
  import('./library.js').then(use, () => undefined);
}

export function tellDone(text: string): void {
  withLibrary(({ message }) => message.success(text));
}

export function tell(text: string): void {
  withLibrary(({ message }) => message.info(text));
}

export function tellRefused(error: unknown): void {
  const line = refusalLine(error);
  withLibrary(({ message }) => message.error(line, { duration: LONG_MS, closable: true }));
}

export function warn(text: string): void {
  withLibrary(({ message }) => message.warning(text, { duration: LONG_MS, closable: true }));
}

/** True when the person says yes. */
export async function confirm(title: string, content: string): Promise<boolean> {
  const { t } = i18n.global;
  const { dialog } = await import('./library.js');
  return await new Promise((resolve) => {
    dialog.warning({
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
