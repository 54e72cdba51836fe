import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Site } from '@vigil/contracts';
import { MailServer } from '../../support/mail-server.js';
import { TestOidcProvider } from '../../support/oidc-provider.js';
import { SquareWave } from '../../support/square-wave.js';
import { type Part, Stack } from '../../support/stack.js';
import { until } from '../../support/until.js';
import { WebhookReceiver } from '../../support/webhook-receiver.js';
import { addPatient, BED } from './patients.js';
import { TYPED_NAME, TYPED_PASSWORD } from './people.js';
import { Probe } from './probe.js';
import { twoSteps } from '../../support/two-steps.js';
import { withRules } from '../../support/with-rules.js';

const ARRIVES_MS = 30_000;
const WEBHOOK_SECRET = `whsec_${Buffer.from('a canary secret of the webhook 01').toString('base64')}`;
export const PARTS: readonly Part[] = ['hub', 'inbox', 'platform', 'watchdog', 'gateway'];

/** The canary's bed is free, its alarms come soon and go on to everybody. */
function siteOf(site: Site): Site {
  const encounters = site.encounters.filter(({ bedId }) => bedId !== BED);
  return { ...withRules(site, 'heartRate.high'), encounters, escalation: twoSteps([5, 5]) };
}

/** Every process of Vigil and everybody it talks to, with a probe on all that comes out. */
export class Scene {
  readonly probe = new Probe();
  private wave: SquareWave | null = null;

  private constructor(
    readonly stack: Stack,
    readonly mailServer: MailServer,
    readonly webhook: WebhookReceiver,
    readonly provider: TestOidcProvider,
    readonly tmp: string,
  ) {}

  static async make(): Promise<Scene> {
    const [mailServer, webhook, provider] = [
      new MailServer(),
      new WebhookReceiver(WEBHOOK_SECRET),
      await TestOidcProvider.start(),
    ];
    const tmp = mkdtempSync(join(tmpdir(), 'vigil-leaks-'));
    const common = { VIGIL_LOG_LEVEL: 'trace', TMPDIR: tmp, SMTP_URL: await mailServer.start() };
    let hear: (part: Part, line: string) => void = () => undefined;
    const stack = await Stack.make({
      ...{ beds: 2, speed: 10, site: siteOf, onLine: (part, line) => hear(part, line) },
      // Tables that are away, and everything that a killed process leaves half done.
      expectedErrors: [/./],
      env: {
        ...Object.fromEntries([...PARTS, 'simulator'].map((part) => [part, common])),
        platform: {
          ...{ ...common, ...provider.env, OIDC_LINK_BY: 'preferred_username', VIGIL_REQUESTS_PER_S: '1000' },
          VIGIL_PRIVACY_MAIL_TO: 'privacy@vigil.example',
          VIGIL_AUDIT_ANCHOR_MAIL_TO: 'anchor@vigil.example',
          VIGIL_WEBHOOK_URL: await webhook.start(),
          VIGIL_WEBHOOK_SECRET: WEBHOOK_SECRET,
        },
      },
    });
    provider.register(stack.url);
    const scene = new Scene(stack, mailServer, webhook, provider, tmp);
    hear = (part, line) => scene.probe.keep(`log of ${part}`, line);
    addPatient(scene.probe);
    scene.probe.canaries.add('typed name', TYPED_NAME);
    scene.probe.canaries.add('typed password', TYPED_PASSWORD);
    scene.probe.canaries.add('secret of the webhook', WEBHOOK_SECRET.slice(6));
    return scene;
  }

  async start(): Promise<void> {
    const { stack } = this;
    await stack.start(...PARTS);
    const device = stack.devices()[1]!;
    this.wave = new SquareWave({ mqttUrl: stack.mqttUrl, device, clock: stack.clock(), halfMs: null, firstAfterMs: 0 });
  }

  /** The bed of the canary has an alarm: both ways of paging have told somebody. Its link is a canary from now on. */
  async paged(): Promise<string> {
    const { probe, mailServer, webhook } = this;
    const page = await until('a page by mail', () => mailServer.mails.find(({ text }) => text.includes('ICU 2')), ARRIVES_MS);
    await until('a page by webhook', () => webhook.pages.length > 0, ARRIVES_MS);
    const link = /\/p\/([\w-]+)/.exec(page.text.replaceAll('=\r\n', ''))![1]!;
    probe.canaries.add('link of a page', link);
    return link;
  }

  /** What anybody on this machine can ask for, and what was sent to people. */
  async keepPublic(): Promise<void> {
    const { stack, probe, mailServer, webhook } = this;
    const { VIGIL_HUB_HTTP_PORT, VIGIL_WATCHDOG_HTTP_PORT } = stack.settings;
    const urls = {
      ...{ platform: stack.url, gateway: stack.gatewayUrl, hub: `http://127.0.0.1:${VIGIL_HUB_HTTP_PORT}` },
      watchdog: `http://127.0.0.1:${VIGIL_WATCHDOG_HTTP_PORT}`,
    };
    for (const [name, url] of Object.entries(urls)) {
      for (const path of ['/metrics', '/health/live', '/health/ready', '/openapi.json']) {
        probe.keep(`${path} of ${name}`, await (await fetch(`${url}${path}`)).text());
      }
    }
    for (const { text, to } of mailServer.mails) probe.keep('mails', `${to}\n${text}`);
    probe.keep('webhook', JSON.stringify(webhook.pages));
  }

  keepFiles(): void {
    this.probe.keepFolder(this.stack.dataDir, 'data');
    this.probe.keepFolder(this.tmp, 'tmp');
  }

  async quiet(): Promise<void> {
    await this.wave?.close();
  }

  async end(): Promise<void> {
    await this.quiet();
    await this.webhook.stop();
    await this.mailServer.stop();
    await this.provider.stop();
    rmSync(this.tmp, { recursive: true, force: true });
  }
}
