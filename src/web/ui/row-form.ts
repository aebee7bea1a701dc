/** The form that a page opens about a row of its table: what is to be done, and to which row. */
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue';

export interface RowForm<A extends string, R> {
  readonly action: Ref<A>;
  /** Undefined when the form is about no row, but a new one. */
  readonly row: ShallowRef<R | undefined>;
  readonly show: Ref<boolean>;
  /** Another one each time: what was typed before is gone. */
  readonly key: ComputedRef<string>;
  readonly begin: (action: A, row?: R) => void;
}

export function useRowForm<A extends string, R>(first: A): RowForm<A, R> {
  const action = ref<A>(first) as Ref<A>;
  const row = shallowRef<R>();
  const show = ref(false);
  const opened = ref(0);
  return {
    ...{ action, row, show },
    key: computed(() => `${action.value} ${opened.value}`),
    begin: (what, of) => {
      [action.value, row.value, show.value] = [what, of, true];
      opened.value++;
    },
  };
}
