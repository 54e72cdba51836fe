import { DatabaseSync } from 'node:sqlite';
import type { TestMail } from '../support/mail-server.js';

interface PageRow {
  readonly page_id: string;
  readonly alarm_id: string;
  readonly step: number;
  readonly state: 'queued' | 'sent' | 'failed' | 'cancelled';
  /** Under which its message left, or that of the page that it joined. */
  readonly key: string;
  readonly joined: string | null;
}

interface EscalationRow {
  readonly alarm_id: string;
  readonly bed_id: string;
  readonly content_json: string;
  readonly state: string;
  readonly step: number;
  readonly accepted_by: string | null;
}

/** From when to when (`performance.now()`) it was open whether what had left was kept: the moment of a kill, or while the store was away. */
export interface Loss {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PagingStore {
  readonly pages: readonly PageRow[];
  readonly escalations: readonly EscalationRow[];
  /** Alarms that have no escalation at all. */
  readonly withoutEscalation: number;
}

export interface PageFigures {
  readonly sent: number;
  /** Recorded as sent and not in the mailbox, or due and neither sent nor called off. */
  readonly lost: number;
  readonly queued: number;
  readonly failed: number;
  /** In the mailbox, and of no page. */
  readonly phantom: number;
  /** Mails beyond the first of their page: each after a crash that left open whether it was sent. */
  readonly sentAgain: number;
  /** Mails beyond the first of their page between which the platform was not killed, nor its store away. */
  readonly doubled: number;
}

export function readPaging(databaseFile: string): PagingStore {
  const db = new DatabaseSync(databaseFile, { readOnly: true });
  try {
    const pages = db
      .prepare(
        `SELECT p.page_id, p.alarm_id, p.step, p.state, p.joined_page_id AS joined,
           coalesce(h.group_id, h.page_id, p.group_id, p.page_id) AS key
         FROM page p LEFT JOIN page h ON h.page_id = p.joined_page_id
         WHERE p.channel <> 'canary'`,
      )
      .all() as unknown as PageRow[];
    const escalations = db
      .prepare(
        `SELECT e.alarm_id, a.bed_id, a.content_json, e.state, e.step, e.accepted_by
         FROM escalation e JOIN alarm a ON a.alarm_id = e.alarm_id
         WHERE json_extract(a.content_json, '$.origin') <> 'canary'`,
      )
      .all() as unknown as EscalationRow[];
    const { n } = db
      .prepare("SELECT count(*) AS n FROM alarm WHERE json_extract(content_json, '$.origin') <> 'canary'")
      .get() as { n: number };
    return { pages, escalations, withoutEscalation: n - escalations.length };
  } finally {
    db.close();
  }
}

/** Message-ID of a page's mails, without the part after the @. */
const idOf = (messageId: string): string => messageId.replace(/@vigil$/, '');

/**
 * Holds the mailbox against the store. Each step that an escalation has taken has its pages, since each bed has a
 * primary nurse and the care unit a charge nurse; a page may be called off once somebody accepted or the alarm ended.
 */
export function comparePages(store: PagingStore, mails: readonly TestMail[], losses: readonly Loss[]): PageFigures {
  const byId = Map.groupBy(mails, (mail) => idOf(mail.messageId));
  const known = new Set(store.pages.flatMap((page) => [page.page_id, page.key]));
  const sent = store.pages.filter((page) => page.state === 'sent');
  const neverPlanned = store.escalations.reduce((sum, { alarm_id, step }) => {
    const steps = new Set(store.pages.filter((page) => page.alarm_id === alarm_id).map((page) => page.step));
    const due = Array.from({ length: Math.min(step + 1, STEPS) }, (_, i) => i);
    return sum + due.filter((each) => !steps.has(each)).length;
  }, 0);
  let doubled = 0;
  for (const copies of byId.values()) {
    copies.slice(1).forEach((copy, i) => {
      const earlierMs = copies[i]!.takenMs;
      const isOpen = losses.some(({ fromMs, toMs }) => toMs > earlierMs - KILL_SLACK_MS && fromMs < copy.takenMs);
      if (!isOpen) doubled += 1;
    });
  }
  return {
    sent: sent.length,
    lost: sent.filter((page) => !byId.has(page.key)).length + neverPlanned,
    // What joined a message waits with it, and is told by it.
    queued: store.pages.filter((page) => page.state === 'queued' && page.joined === null).length,
    failed: store.pages.filter((page) => page.state === 'failed').length,
    phantom: [...byId.keys()].filter((id) => !known.has(id)).length,
    sentAgain: mails.length - byId.size,
    doubled,
  };
}

/** Steps of the policy of this test. */
const STEPS = 2;
/** A mail that was in the server's socket at the kill is taken a moment after it. */
const KILL_SLACK_MS = 250;
