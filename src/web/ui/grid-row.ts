/** One row of a table. It is drawn again when something of its own changes, not when rows around it come and go. */
import { defineComponent, h, type PropType, type Slots, type VNode } from 'vue';
import { isNumeric, textOf, toneOf, type Column, type Row } from './columns.js';

export default defineComponent({
  name: 'GridRow',
  props: {
    row: { type: Object as PropType<Row>, required: true },
    name: { type: String, required: true },
    columns: { type: Array as PropType<readonly Column[]>, required: true },
    current: Boolean,
    selectable: Boolean,
    selected: Boolean,
    /** Of the table: a cell by the key of its column, and `actions`. */
    cells: { type: Object as PropType<Slots>, required: true },
  },
  emits: ['pick', 'toggle'],
  setup(props, { emit }) {
    const stay = (event: Event): void => event.stopPropagation();
    const cell = (column: Column): VNode =>
      h(
        'td',
        { class: [{ num: isNumeric(column), id: column.kind === 'id' }, toneOf(column, props.row)] },
        props.cells[column.key]?.({ row: props.row }) ?? textOf(column, props.row),
      );
    const check = (): VNode =>
      h('td', { class: 'check', onClick: stay }, [
        h('input', { type: 'checkbox', checked: props.selected, 'aria-label': props.name, onChange: () => emit('toggle') }),
      ]);
    return () =>
      h('tr', { class: { current: props.current }, 'data-key': props.name, onClick: () => emit('pick') }, [
        props.selectable ? check() : undefined,
        ...props.columns.map(cell),
        props.cells['actions'] && h('td', { class: 'actions', onClick: stay }, props.cells['actions']({ row: props.row })),
      ]);
  },
});
