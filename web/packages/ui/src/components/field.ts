/** How a Field tells the control inside it its id and its help. */
import { getContext, setContext } from 'svelte';

export interface FieldContext {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  readonly required: boolean;
}

const KEY = Symbol('field');

export const setField = (field: FieldContext) => setContext(KEY, field);
export const getField = () => getContext<FieldContext | undefined>(KEY);
