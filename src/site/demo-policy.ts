type Raw = Record<string, unknown>;

const role = (name: string): Raw => ({ kind: 'role', role: name });

/** A heart that has stopped, as bedside monitors say it (`device.<code>`). */
const STOPPED = ['device.asystole', 'device.ventricular-fibrillation'];

/**
 * Whom a new site tells: the nurse of the bed; 30 s later who stands in and who is in charge; 60 s later those who run, and the
 * physicians on call where the site has such a schedule. What must not fall silent goes the same way again and again, and who is
 * called to a heart that has stopped is called until two are going. Each site decides for itself: two people change it.
 */
export function firstPolicy(physicians: string | null): Raw {
  const last = [role('rapid-response'), ...(physicians === null ? [] : [{ kind: 'schedule', scheduleId: physicians }])];
  const steps = [
    { tell: [role('primary')], waitS: 30 },
    { tell: [role('buddy'), role('charge')], waitS: 60 },
    { tell: last, waitS: 60 },
  ];
  const once = { arriveWithinS: null, repeat: null };
  const routes = [
    {
      ...{ priorities: ['high', 'medium', 'low'], conditionCodes: ['notAccepted', 'onCall.*'], steps: steps.slice(1) },
      ...{ acceptsNeeded: 1, arriveWithinS: null, repeat: { afterS: 300, times: null } },
    },
    { ...{ priorities: ['high'], kinds: ['physiological'], conditionCodes: STOPPED, steps, acceptsNeeded: 2 }, ...once },
    { ...{ priorities: ['high'], steps, acceptsNeeded: 1 }, ...once },
    {
      ...{ priorities: ['medium'], acceptsNeeded: 1, ...once },
      steps: [
        { tell: [role('primary')], waitS: 30 },
        { tell: [role('charge')], waitS: 60 },
      ],
    },
  ];
  return { v: 1, name: 'as installed', declineEscalates: true, nextChannelS: 20, burstS: 30, routes };
}
