import { Module } from '@nestjs/common';
import { TasksController } from './tasks.controller.js';

/** What waits for a person. The worker that fills it is `FeedModule`. */
@Module({ controllers: [TasksController] })
export class TasksModule {}
