import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Escalator } from './escalator.js';
import { PageSender } from './page-sender.js';

/** Starts the two loops with the application and ends them before the stores close. */
@Injectable()
export class EscalationService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly escalator: Escalator,
    private readonly sender: PageSender,
  ) {}

  onApplicationBootstrap(): void {
    this.escalator.start();
    this.sender.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.escalator.stop();
    await this.sender.stop();
  }
}
