import { Module } from '@nestjs/common';
import { DeadLettersController } from './dead-letters.controller.js';

/** Dead letters for engineers. They are filled by the stream. */
@Module({ controllers: [DeadLettersController] })
export class DeadLettersModule {}
