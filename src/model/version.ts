/** Of this package, as checkpoints and results name it; a test holds it to package.json. */
export const VERSION = "0.1.0";
