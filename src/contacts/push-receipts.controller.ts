import { Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Public } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { Contacts } from '../ports/contacts.js';
import { Escalations } from '../ports/escalations.js';
import { PushKeys } from '../ports/push-keys.js';

const ReceiptToken = z.string().regex(/^[A-Za-z0-9_.-]{20,512}$/);

/** What the service worker of a phone says back. */
@ApiTags('pages')
@Controller('api/v1/push-receipts')
export class PushReceiptsController {
  constructor(
    private readonly keys: PushKeys,
    private readonly escalations: Escalations,
    private readonly contacts: Contacts,
    private readonly clock: AppClock,
  ) {}

  @Post(':token')
  @Public('the token came with the message and says nothing but that it was shown')
  @Endpoint({
    summary: 'Say that a phone has shown a message',
    description: 'Shown as a receipt; nothing follows from it but that this way is known to work.',
    params: { token: ReceiptToken },
    answer: null,
    problems: ['not-found', 'keys-unavailable', 'store-unavailable'],
  })
  async shown(@Param('token') given: unknown): Promise<void> {
    const token = parse(ReceiptToken, given, 'params.token');
    const shown = await this.keys.shownBy(token);
    if (shown === null) throw new PlatformError('not-found');
    const wallMs = this.clock.wallMs();
    await this.escalations.receipt(shown.pageId, 'displayed', wallMs);
    if (shown.contactId !== null) await this.contacts.outcome(shown.contactId, 'ok', wallMs);
  }
}
