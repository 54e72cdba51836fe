import { Injectable } from '@nestjs/common';
import type { CommandId, DeclineReason, StaffId } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import { Access } from '../access/access.js';
import type { RequestContext } from '../access/request-context.js';
import { idempotencyKey } from '../http/revision.js';
import { uuidFrom } from '../http/sha.js';
import { Accounts } from '../ports/accounts.js';
import { type AlarmCommand, Alarms, type CommandOutcome } from '../ports/alarms.js';
import { AppClock } from '../ports/app-clock.js';
import { type AlarmSubject, CareRelations } from '../ports/care-relations.js';
import { Escalations, type LinkedPage, type PageLink } from '../ports/escalations.js';
import { isOpen, isAsked } from './page-link.js';

/** What people say to an alarm by the link of a page. */
export type PageVerb = 'accept' | 'decline' | 'arrive' | 'pass';

export interface Answer {
  readonly link: PageLink;
  /** What only somebody with the token of the link can tell. */
  readonly secret: string;
  readonly verb: PageVerb;
  /** Of `decline` and `pass`. */
  readonly reason: DeclineReason;
  /** One of the other pages of the link's person; null: the page of the link. */
  readonly pageId: string | null;
  /** `Idempotency-Key`, where there is one. */
  readonly key: string | undefined;
}

/** The page that is answered. */
type Target = Pick<LinkedPage, 'pageId' | 'alarmId' | 'used'>;

/**
 * Carries out what a person says by a link: in the name of the person whom it names while the link is good, else in the name of whoever
 * has signed in.
 */
@Injectable()
export class PageAnswers {
  constructor(
    private readonly escalations: Escalations,
    private readonly accounts: Accounts,
    private readonly alarms: Alarms,
    private readonly relations: CareRelations,
    private readonly access: Access,
    private readonly clock: AppClock,
  ) {}

  /** What else the link leads to: nothing once it is too old, or where its person may not sign in any more. */
  async others(link: PageLink): Promise<readonly LinkedPage[]> {
    const wallMs = this.clock.wallMs();
    return wallMs < link.expiresAtMs && !(await this.isDisabled(link)) ? this.escalations.linkedPages(link, wallMs) : [];
  }

  /** @throws PlatformError('not-found') where the person was not told of that, 'link-expired', 'conflict', 'forbidden' */
  async carryOut(context: RequestContext, answer: Answer): Promise<void> {
    const { link, pageId, key } = answer;
    if (key !== undefined) idempotencyKey(key);
    const others = await this.others(link);
    const target = pageId === null || pageId === link.pageId ? link : others.find((each) => each.pageId === pageId);
    if (target === undefined) throw new PlatformError('not-found', { ids: [`page:${link.pageId}`] });
    const about = await this.relations.subjectOf(target.alarmId);
    context.subject(`alarm:${target.alarmId}`, about.patientId, `page:${target.pageId}`);
    if (await this.isGood(answer, target)) await this.byLink(context, answer, target, target === link ? others : []);
    else await this.asCaller(context, answer, target, about);
  }

  /** To accept and decline a link is good once; whoever has accepted says by it to be there, or gives it back. */
  private async isGood({ link, verb }: Answer, target: Target): Promise<boolean> {
    const wallMs = this.clock.wallMs();
    if (isOpen({ ...link, used: target.used }, wallMs)) return true;
    if (wallMs >= link.expiresAtMs || verb === 'accept' || verb === 'decline') return false;
    const alarm = await this.alarms.get(target.alarmId);
    return alarm?.escalation.accepts.some((each) => each.staffId === link.staffId) === true;
  }

  /**
   * What the message told of beside it is answered first: were it the other way round, it would leave as a message of its own in between.
   * @throws PlatformError('link-expired') for a person whose account was disabled: the escalation goes on to the next
   */
  private async byLink(context: RequestContext, answer: Answer, target: Target, others: readonly LinkedPage[]): Promise<void> {
    const { link, verb } = answer;
    if (await this.isDisabled(link)) throw expired(link);
    const by = context.callerOrNull;
    const elsewhere = by === null || by.id === link.staffId ? '' : `, signed in as ${by.id}`;
    if (verb === 'accept' || verb === 'decline') {
      for (const other of others.filter((each) => each.together && !each.used)) {
        // The roles are those of whoever is signed in, who may be somebody else.
        const said = {
          ...context.commandEntry(`${words(verb)}page:${other.pageId} by link${elsewhere}`),
          actor: link.staffId,
          roles: [],
        };
        const audit = { ...said, object: `alarm:${other.alarmId}` };
        await this.say(answer, other, link.staffId, commandOf(answer, other), audit).catch(onlyTaken);
        if (verb === 'accept') await this.escalations.useLink(other.pageId).catch(onlyTaken);
      }
    }
    const audit = {
      ...context.commandEntry(`${words(verb)}page:${target.pageId} by link${elsewhere}`),
      actor: link.staffId,
      roles: [],
    };
    const outcome = await this.say(answer, target, link.staffId, commandOf(answer, target), audit);
    if (outcome.repeated) context.commandRepeated();
    if (verb === 'accept') await this.escalations.useLink(target.pageId);
  }

  private async isDisabled({ staffId }: PageLink): Promise<boolean> {
    return (await this.accounts.view(staffId, this.clock.wallMs()))?.disabled === true;
  }

  private async asCaller(context: RequestContext, answer: Answer, target: Target, about: AlarmSubject): Promise<void> {
    const { link, verb, secret } = answer;
    const user = context.callerOrNull?.user ?? null;
    if (user === null) throw expired(link);
    await this.access.require(context, 'alarm.accept', { ...about, alarmId: target.alarmId });
    const alarm = await this.alarms.get(target.alarmId);
    const mayBeAccepted = verb === 'arrive' || verb === 'pass';
    if (alarm === null || !(isAsked(alarm) || mayBeAccepted)) throw expired(link);
    const audit = context.commandEntry(`${words(verb)}page:${target.pageId} signed in`);
    const key = answer.key ?? uuidFrom(`page/${secret}/${context.callerOrNull?.id}${verb === 'accept' ? '' : `/${verb}`}`);
    const outcome = await this.say(answer, target, user.staffId, idempotencyKey(key), audit);
    if (outcome.repeated) context.commandRepeated();
  }

  private say(
    { verb, reason }: Answer,
    { alarmId }: Target,
    by: StaffId,
    commandId: CommandId,
    audit: AlarmCommand['audit'],
  ): Promise<CommandOutcome> {
    const times = { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
    const command = { commandId, alarmId, by, ifRev: null, audit, ...times };
    switch (verb) {
      case 'accept':
        return this.alarms.accept(command);
      case 'arrive':
        return this.alarms.arrive(command);
      case 'decline':
        return this.alarms.decline({ ...command, reason });
      case 'pass':
        return this.alarms.pass({ ...command, reason });
    }
  }
}

/** In front of what the audit trail says of the page. */
function words(verb: PageVerb): string {
  return verb === 'accept' ? '' : `${verb}, `;
}

/**
 * The id of a command follows from the token, so that two taps at once are one command, and so that nobody who knows of the page can use
 * the id up. Accepting is once for each page; what else is said may be said again after something else was.
 */
function commandOf({ link, secret, verb, key }: Answer, { pageId }: Target): CommandId {
  const page = pageId === link.pageId ? '' : `/${pageId}`;
  const again = verb === 'accept' ? '' : `/${verb}/${key ?? ''}`;
  return uuidFrom(`page/${secret}${page}${again}`) as CommandId;
}

/** Somebody else was quicker with one of several: the others count all the same. */
function onlyTaken(error: unknown): void {
  if (error instanceof PlatformError && ['conflict', 'revision-moved', 'link-expired'].includes(error.code)) return;
  throw error;
}

function expired(link: PageLink): PlatformError {
  return new PlatformError('link-expired', { ids: [`page:${link.pageId}`] });
}
