declare module 'virtual:waggle-locale/en' {
  const catalog: Record<string, string | unknown[]>;
  export default catalog;
}
declare module 'virtual:waggle-locale/it' {
  const catalog: Record<string, string | unknown[]>;
  export default catalog;
}
declare module 'virtual:waggle-locale/es' {
  const catalog: Record<string, string | unknown[]>;
  export default catalog;
}
declare module 'virtual:waggle-locale/de' {
  const catalog: Record<string, string | unknown[]>;
  export default catalog;
}
declare module 'virtual:waggle-locale/fr' {
  const catalog: Record<string, string | unknown[]>;
  export default catalog;
}
