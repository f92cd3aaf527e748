/** Written by Vite, from package.json. */
declare const STAIRSTEP_VERSION: string;

/** Of this package, as checkpoints and results name it. */
export const VERSION = STAIRSTEP_VERSION;
