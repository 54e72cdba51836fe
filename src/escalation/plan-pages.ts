import type { Origin, StaffId } from '@vigil/contracts';
import { type EscalationStep, LINK_VALID_MS, nextPages, oneLine, pageSubject, type PlannedPage } from '@vigil/domain';
import { tokenHash } from '../access/tokens.js';
import type { ContactMethod, DueEscalation, NewPage } from '../ports/escalations.js';

export interface PlanContext {
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
 * The next step of an escalation and its pages, one per person and way to reach them: the first at once, each further channel
 * `nextChannelMs` later, whatever is known of the ones before (D12). A person whom nothing can reach counts as nobody, so the step after
 * follows at once. Pure but for `newToken`.
 */
export function planPages(due: DueEscalation, context: PlanContext): PagePlan {
  const { alarm, escalation, onDuty } = due;
  const reach = (staffId: StaffId) => usableContacts(context.contacts.get(staffId) ?? [], alarm.origin);
  const reachable = onDuty.filter((p) => reach(p.staffId).length > 0);
  const step = nextPages(escalation, due.route, reachable, context.wallMs);
  const pages = step.pages.flatMap((planned) =>
    reach(planned.staffId).map((contact, index, all) => newPage(due, context, step, planned, turnOf(contact, index, all))),
  );
  return { step, pages };
}

/** Two ways of one channel, such as two phones, take their turn together. */
interface Turn {
  readonly contact: ContactMethod;
  /** Of the channel, from 0. */
  readonly turn: number;
  /** Tells ways of one channel apart; empty for the first. */
  readonly suffix: string;
}

function turnOf(contact: ContactMethod, index: number, all: readonly ContactMethod[]): Turn {
  const channels = [...new Set(all.map((each) => each.channel))];
  const before = all.slice(0, index).filter((each) => each.channel === contact.channel).length;
  return { contact, turn: channels.indexOf(contact.channel), suffix: before === 0 ? '' : `-${before + 1}` };
}

function newPage(
  due: DueEscalation,
  context: PlanContext,
  step: EscalationStep,
  planned: PlannedPage,
  { contact, turn, suffix }: Turn,
): NewPage {
  const { alarm, policy } = due;
  const token = context.newToken();
  const subject = pageSubject(alarm, context.place);
  const notBeforeMs = context.wallMs + turn * policy.nextChannelMs;
  return {
    // Made of the change that queues it, which is committed once. Whoever is told anew (of a rise, at another bed) gets another page.
    pageId: `${alarm.alarmId}-${step.escalation.rev}-${planned.staffId}-${contact.channel}${suffix}`,
    staffId: planned.staffId,
    channel: contact.channel,
    contactId: contact.contactId,
    address: contact.address,
    step: planned.step,
    reason: turn === 0 ? planned.reason : `${planned.reason}; channel ${turn + 1}, unless somebody answers first`,
    subject,
    text: `${subject}. Open: ${context.publicUrl}/p/${token}`,
    place: oneLine(context.place),
    tokenHash: tokenHash(token),
    expiresAtMs: notBeforeMs + LINK_VALID_MS,
    notBeforeMs,
    burstMs: policy.burstMs,
    test: alarm.origin !== 'live',
    kind: alarm.origin === 'canary' ? 'canary' : planned.kind,
  };
}
