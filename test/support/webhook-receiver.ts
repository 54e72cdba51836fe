import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedPage {
  readonly webhookId: string;
  readonly data: { readonly pageId: string; readonly alarmId: string; readonly staffId: string; readonly text: string };
}

/** Takes pages by webhook. What is not signed as Standard Webhooks says is answered 400 and counted. */
export class WebhookReceiver {
  readonly pages: ReceivedPage[] = [];
  unsigned = 0;
  private readonly server: Server;

  constructor(readonly secret: string) {
    const verifier = new Webhook(secret);
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        try {
          const headers = request.headers as Record<string, string>;
          const body = verifier.verify(Buffer.concat(chunks).toString('utf8'), headers) as Pick<ReceivedPage, 'data'>;
          this.pages.push({ webhookId: headers['webhook-id'] ?? '', data: body.data });
          response.writeHead(204).end();
        } catch {
          this.unsigned += 1;
          response.writeHead(400).end();
        }
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/pages`;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
