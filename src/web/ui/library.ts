/** Messages and dialogs of the component library, which the first page need not wait for. */
import { createDiscreteApi } from 'naive-ui';
import { useLibraryTheme } from './theme.js';

export const { message, dialog } = createDiscreteApi(['message', 'dialog'], {
  configProviderProps: useLibraryTheme(),
  messageProviderProps: { max: 4, placement: 'top-right' },
});
