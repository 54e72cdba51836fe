import { Module } from '@nestjs/common';
import { ScoresController } from './scores.controller.js';

/** Scores of stays over REST. What makes them is the engine; screens get theirs with the beds. */
@Module({ controllers: [ScoresController] })
export class ScoresModule {}
