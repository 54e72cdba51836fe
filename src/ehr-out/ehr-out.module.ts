import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../ports/log.js';
import { EhrOutOptions, EhrOutService } from './ehr-out.service.js';

/** Names no adapter: whoever composes the process hands the parts in. */
@Module({})
export class EhrOutModule {
  /** @param lines where it says what it met */
  static from(lines: Log, options: EhrOutOptions): DynamicModule {
    const providers = [{ provide: Log, useValue: lines }, { provide: EhrOutOptions, useValue: options }, EhrOutService];
    return { module: EhrOutModule, providers };
  }
}
