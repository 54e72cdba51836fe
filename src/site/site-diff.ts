import type { SiteFile } from '@vigil/contracts';
import type { SiteNow } from '../ports/site-store.js';
import type { DiffLine, PlacesAfter } from './diff-line.js';
import { deviceLines } from './site-diff-devices.js';
import { aliasLines, bedLines, careUnitLines, dutyLines } from './site-diff-places.js';

/**
 * What a file would make of the site, in the order in which it can be done. Pure: the same file and the same site give the same
 * lines. A list that the file leaves out has no lines; one that is there is the whole of it, so that what it lacks is retired.
 */
export function siteDiff(now: SiteNow, file: SiteFile): readonly DiffLine[] {
  const places = placesAfter(now, file);
  const units = careUnitLines(now, file, places);
  const beds = bedLines(now, file, places);
  const aliases = aliasLines(now, file, places);
  const isRetired = ({ change }: DiffLine): boolean => change.do === 'retire';
  return [
    // What is moved somewhere needs the place to be there, and what is retired has to be empty by then.
    ...units.filter((line) => !isRetired(line)),
    ...beds.filter((line) => !isRetired(line)),
    ...aliases,
    ...beds.filter(isRetired),
    ...units.filter(isRetired),
    ...deviceLines(now, file),
    ...dutyLines(now, file, places),
  ];
}

function placesAfter(now: SiteNow, file: SiteFile): PlacesAfter {
  const units = file.careUnits ?? now.careUnits.filter(({ retired }) => !retired);
  const beds = file.beds ?? now.beds.filter(({ retired }) => !retired);
  return {
    careUnits: new Set(units.map(({ careUnitId }) => careUnitId)),
    beds: new Map(beds.map(({ bedId, careUnitId }) => [bedId, careUnitId])),
  };
}
