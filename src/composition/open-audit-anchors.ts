import { join, resolve } from 'node:path';
import type { Clock } from '@vigil/clock';
import { FileAnchor } from '../adapters/audit-anchors/file-anchor.js';
import { MailAnchor } from '../adapters/audit-anchors/mail-anchor.js';
import { WebhookAnchor } from '../adapters/audit-anchors/webhook-anchor.js';
import { WitnessAnchor } from '../adapters/audit-anchors/witness-anchor.js';
import { type Settings, SettingsError } from '../config.js';
import { type AuditAnchor, AuditAnchors } from '../ports/audit-anchor.js';
import { readWitnessToken } from '../site/witness-token.js';

/** Sender of checkpoints where the site names none. */
const MAIL_FROM = 'Vigil <vigil@localhost>';

/** The file of checkpoints where the site names none; elsewhere it is better. */
export const ANCHOR_FILE = join('audit', 'anchor.txt');

class SiteAnchors extends AuditAnchors {
  constructor(private readonly anchors: readonly AuditAnchor[]) {
    super();
  }

  override all(): readonly AuditAnchor[] {
    return this.anchors;
  }
}

/** @throws SettingsError when the address or secret of the webhook is not one */
export function openAuditAnchors(settings: Settings, clock: Clock): AuditAnchors {
  const { dataDir, smtpUrl } = settings;
  const { file, webhook, mailTo, witnessUrl } = settings.auditAnchors;
  const anchors: AuditAnchor[] = [new FileAnchor(file === null ? join(dataDir, ANCHOR_FILE) : resolve(file))];
  if (witnessUrl !== null) anchors.push(new WitnessAnchor({ url: witnessUrl, readToken: () => readWitnessToken(dataDir) ?? '' }));
  if (webhook !== null) anchors.push(webhookAnchor(webhook, clock));
  if (mailTo.length > 0 && smtpUrl !== null) anchors.push(new MailAnchor({ url: smtpUrl, from: MAIL_FROM, to: mailTo }));
  return new SiteAnchors(anchors);
}

function webhookAnchor(webhook: { readonly url: string; readonly secret: string }, clock: Clock): AuditAnchor {
  try {
    return new WebhookAnchor({ ...webhook, clock });
  } catch {
    throw new SettingsError(
      'VIGIL_AUDIT_ANCHOR_URL must be https (http for this machine only), and VIGIL_AUDIT_ANCHOR_SECRET whsec_ and base64',
    );
  }
}
