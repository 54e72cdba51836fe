export * from './bands.js';
export * from './definition.js';
export * from './derive.js';
export * from './display.js';
export { news2DueAfterMs } from './news2.js';
export { meanPressureOf, shockIndexOf } from './ratios.js';
