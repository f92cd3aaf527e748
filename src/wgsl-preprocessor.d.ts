/**
 * wgsl-preprocessor ships no types; its one export is a template tag with #if, #elif, #else and
 * #endif.
 */
declare module "wgsl-preprocessor/wgsl-preprocessor.js" {
  export function wgsl(
    strings: TemplateStringsArray,
    ...values: readonly (string | number | boolean)[]
  ): string;
}
