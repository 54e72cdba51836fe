import type { DisplaySettings } from '@vigil/contracts';

/** How the screens of this site say things. Does not change while the process runs. */
export abstract class SiteDisplay {
  abstract readonly settings: DisplaySettings;
}
