import { createHash } from 'node:crypto';
import { type AlarmTransition, KIND_WORD, type Origin, PRIORITY_MARK, type StaffId } from '@vigil/contracts';
import { type EscalationPolicy, type EscalationStep, nextPages } from '@vigil/domain';
import type { ContactMethod, DueEscalation, NewPage } from '../ports/escalations.js';

/** A page link is good for this long (decisions.md, "Pager"). Wall time. */
export const LINK_VALID_MS = 600_000;

export interface PlanContext {
  readonly policy: EscalationPolicy;
  /** Where phones reach the platform, without a slash at the end. */
  readonly publicUrl: string;
  /** What the place of the alarm is called: `bed ICU 3`, `gateway gw-1`. */
  readonly place: string;
  readonly contacts: ReadonlyMap<StaffId, readonly ContactMethod[]>;
  readonly wallMs: number;
  /** 32 random bytes as base64url; a new one on each call. */
  readonly newToken: () => string;
}

export interface PagePlan {
  readonly step: EscalationStep;
  readonly pages: readonly NewPage[];
}

/** Ways to reach a person with a page of this origin: data that are not live leave only by channels marked demo (D22). */
export function usableContacts(contacts: readonly ContactMethod[], origin: Origin): readonly ContactMethod[] {
  return origin === 'live' ? contacts : contacts.filter((c) => c.demo);
}

/**
 * The next step of an escalation and its pages, one per person and channel. A person whom nothing can reach counts as
 * nobody, so the step after follows at once. Pure but for `newToken`.
 */
export function planPages(due: DueEscalation, context: PlanContext): PagePlan {
  const { alarm, escalation, onDuty } = due;
  const reach = (staffId: StaffId) => usableContacts(context.contacts.get(staffId) ?? [], alarm.origin);
  const reachable = onDuty.filter((p) => reach(p.staffId).length > 0);
  const step = nextPages(escalation, context.policy, reachable, context.wallMs);
  const pages = step.pages.flatMap((planned) =>
    reach(planned.staffId).map((contact): NewPage => {
      const token = context.newToken();
      const subject = pageSubject(alarm, context.place);
      return {
        // Made of the change that queues it, which is committed once. Whoever is told anew (of a rise, at another bed) gets another page.
        pageId: `${alarm.alarmId}-${step.escalation.rev}-${planned.staffId}-${contact.channel}`,
        staffId: planned.staffId,
        channel: contact.channel,
        address: contact.address,
        step: planned.step,
        reason: planned.reason,
        subject,
        text: `${subject}. Open: ${context.publicUrl}/p/${token}`,
        tokenHash: hashToken(token),
        expiresAtMs: context.wallMs + LINK_VALID_MS,
        test: alarm.origin !== 'live',
      };
    }),
  );
  return { step, pages };
}

/** E.g. `TEST *** High priority alarm, bed ICU 3`: where and how urgent, never what was measured or who lies there. */
export function pageSubject(alarm: Pick<AlarmTransition, 'origin' | 'priority' | 'kind'>, place: string): string {
  const test = alarm.origin === 'live' ? '' : 'TEST ';
  const priority = `${alarm.priority[0]!.toUpperCase()}${alarm.priority.slice(1)}`;
  return `${test}${PRIORITY_MARK[alarm.priority]} ${priority} priority ${KIND_WORD[alarm.kind]}, ${place}`;
}

/** Only this is stored; whoever reads the store cannot open the link. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
