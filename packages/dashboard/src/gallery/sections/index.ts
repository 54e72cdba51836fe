import type { Area } from '../state.js';
import { alarmAreas } from './alarms.js';
import { bedAreas } from './beds.js';
import { frameAreas } from './frames.js';
import { noticeAreas } from './notices.js';
import { officeAreas } from './office-screens.js';
import { pagerAreas } from './pager.js';
import { partAreas } from './parts.js';
import { screenAreas } from './screens.js';
import { stayAreas } from './stay-screens.js';
import { tileAreas } from './tiles.js';

/** Every component of the gallery, by the name that its address says. */
export const AREAS: Readonly<Record<string, Area>> = {
  ...tileAreas,
  ...alarmAreas,
  ...noticeAreas,
  ...partAreas,
  ...bedAreas,
  ...screenAreas,
  ...stayAreas,
  ...officeAreas,
  ...frameAreas,
  ...pagerAreas,
};
