export { createRouter, Router, type GoOptions, type LeaveGuard } from './router.svelte.ts';
export {
  buildHref,
  isOurClick,
  matchRoute,
  type Extra,
  type HrefArgs,
  type Match,
  type Params,
  type RouteTable,
} from './routes.ts';
