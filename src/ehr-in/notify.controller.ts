import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Headers, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PlatformError } from '@vigil/domain';
import { z } from 'zod';
import { Public } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { EHR_NOTIFY_PATH } from '../http/body-parsers.js';
import { EhrHints } from './ehr-hints.js';

const WHY = 'the FHIR server signs in to nothing: it shows a bearer that this site gave it, which opens nothing else';
const SHAPE = {
  summary: 'Be told by the FHIR server that something changed',
  description: 'With the bearer of the subscription. What it sends is not read: it only makes the next look come sooner.',
  headers: { authorization: { required: true, meaning: 'Bearer and the secret of the subscription' } },
  answer: null,
  problems: ['unauthenticated', 'store-unavailable', 'keys-unavailable'],
} as const;
/** What the server adds to the address: the resource that changed, which is not read either. */
const params = { type: z.string(), id: z.string() };

/** Where the rest-hooks of the FHIR server arrive. */
@ApiTags('integrations')
@Controller(EHR_NOTIFY_PATH)
export class NotifyController {
  constructor(private readonly hints: EhrHints) {}

  @Post()
  @Public(WHY)
  @Endpoint(SHAPE)
  posted(@Headers('authorization') authorization?: string): Promise<void> {
    return this.take(authorization);
  }

  @Put()
  @Public(WHY)
  @Endpoint(SHAPE)
  put(@Headers('authorization') authorization?: string): Promise<void> {
    return this.take(authorization);
  }

  @Post(':type/:id')
  @Public(WHY)
  @Endpoint({ ...SHAPE, params })
  postedOne(@Headers('authorization') authorization?: string): Promise<void> {
    return this.take(authorization);
  }

  @Put(':type/:id')
  @Public(WHY)
  @Endpoint({ ...SHAPE, params })
  putOne(@Headers('authorization') authorization?: string): Promise<void> {
    return this.take(authorization);
  }

  private async take(authorization: string | undefined): Promise<void> {
    const bearer = await this.hints.bearer();
    // Hashes are of one length, so the time that a comparison takes says nothing of either.
    const isRight = timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${bearer}`));
    this.hints.taken(isRight);
    if (!isRight) throw new PlatformError('unauthenticated');
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
