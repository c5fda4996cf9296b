export * from './http.ts';
export * as accounts from './accounts.ts';
export * as chat from './chat.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { applyEvent, fromSnapshot, toSnapshot, Store, EMPTY, type State, type Topic } from './store.ts';
