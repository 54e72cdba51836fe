import type { PolicyFinding, Site, StaffRole } from '@vigil/contracts';
import { policyFindings, sitePolicyContent } from '@vigil/domain';

/** What is wrong with who is told, as site.yaml describes it; most serious first. People with duties that began since are not known here. */
export function sitePolicyFindings(site: Site): readonly PolicyFinding[] {
  const roles = Object.fromEntries(
    site.careUnits.map(({ careUnitId }) => {
      const duties = site.staffAssignments.filter((duty) => duty.careUnitId === careUnitId);
      const ofRole: Partial<Record<StaffRole, string[]>> = {};
      for (const { role, staffId } of duties) (ofRole[role] ??= []).push(staffId);
      return [careUnitId, ofRole];
    }),
  );
  const schedules = (site.onCallSchedules ?? []).map(({ scheduleId, content }) => [
    scheduleId,
    content.rotations.flatMap(({ participants }) => participants),
  ]);
  return policyFindings(sitePolicyContent(site.escalation), {
    careUnitIds: site.careUnits.map(({ careUnitId }) => careUnitId),
    staffIds: site.staff.map(({ staffId }) => staffId),
    schedules: Object.fromEntries(schedules) as Record<string, readonly string[]>,
    roles,
  });
}
