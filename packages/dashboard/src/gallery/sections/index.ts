import type { Area } from '../state.js';
import { alarmAreas } from './alarms.js';
import { noticeAreas } from './notices.js';
import { partAreas } from './parts.js';
import { screenAreas } from './screens.js';
import { tileAreas } from './tiles.js';

/** Every component of the gallery, by the name that its address says. */
export const AREAS: Readonly<Record<string, Area>> = {
  ...tileAreas,
  ...alarmAreas,
  ...noticeAreas,
  ...partAreas,
  ...screenAreas,
};
