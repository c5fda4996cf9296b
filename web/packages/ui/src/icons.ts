/**
 * Line icons, as data. Import by name: `import { Inbox } from '@waggle/ui/icons'`; what nobody imports is not shipped.
 * Own drawings follow the same 24-grid.
 */
export * from 'lucide';

/** One drawing: elements with their attributes, on a 24 by 24 grid. */
export type IconNode = [tag: string, attributes: Record<string, string | number | undefined>][];
