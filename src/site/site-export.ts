import { SiteFile } from '@vigil/contracts';
import { stringify } from 'yaml';
import type { SiteNow } from '../ports/site-store.js';

const HEAD = '# What this site is made of now; nothing of a patient. `vigil site diff` compares another one with it.\n';

/** The site as a file that an import takes. What is retired is not in it. */
export function exportSite(now: SiteNow): string {
  const file: SiteFile = {
    v: 1,
    careUnits: now.careUnits.filter(isInUse).map(({ careUnitId, label }) => ({ careUnitId, label })),
    beds: now.beds.filter(isInUse).map(({ bedId, careUnitId, label }) => ({ bedId, careUnitId, label })),
    bedAliases: now.aliases.map(({ system, value, bedId }) => ({ system, value, bedId })),
    profiles: Object.fromEntries(now.profiles.map(({ name, intervalsMs }) => [name, { intervalsMs: { ...intervalsMs } }])),
    // A device of before the registry may have no profile that could be named. An import leaves such a one as it is.
    devices: now.devices
      .filter(isInUse)
      .flatMap(({ retired: _retired, inUse: _inUse, profile, ...device }) => (profile === null ? [] : [{ ...device, profile }])),
    staffAssignments: now.duties.map(({ staffId, careUnitId, bedId, role }) => ({ staffId, careUnitId, bedId, role })),
  };
  return HEAD + stringify(SiteFile.parse(file), { lineWidth: 0 });
}

const isInUse = ({ retired }: { readonly retired: boolean }): boolean => !retired;
