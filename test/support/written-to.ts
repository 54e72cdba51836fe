import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FhirResource } from '../../src/ports/fhir-server.js';

interface Entry {
  readonly resource: FhirResource;
  readonly request: { readonly ifNoneExist: string };
}

/** A FHIR server over HTTP that takes transactions of conditional creates, and single ones; nothing else. */
export class WrittenTo {
  readonly stored = new Map<string, FhirResource>();
  /** Wall time that it takes for each request. */
  slowMs = 0;
  private readonly server: Server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      await sleep(this.slowMs);
      response.setHeader('content-type', 'application/fhir+json');
      if (body.resourceType !== 'Bundle') {
        const made = this.create(body, String(request.headers['if-none-exist']));
        response.writeHead(made.status, { location: made.location }).end();
        return;
      }
      const entry = (body['entry'] as readonly Entry[]).map(({ resource, request: { ifNoneExist } }) => {
        const { status, location } = this.create(resource, ifNoneExist);
        return { response: { status: `${status}`, location } };
      });
      response.end(JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry }));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/fhir`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private create(resource: FhirResource, condition: string): { readonly status: number; readonly location: string } {
    const known = this.stored.has(condition);
    if (!known) this.stored.set(condition, resource);
    return { status: known ? 200 : 201, location: `${resource.resourceType}/1/_history/1` };
  }

  of(type: string): readonly FhirResource[] {
    return [...this.stored.values()].filter(({ resourceType }) => resourceType === type);
  }
}

async function bodyOf(request: IncomingMessage): Promise<FhirResource> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as FhirResource;
}
