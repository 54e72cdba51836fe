import { Module } from '@nestjs/common';
import { PageAnswers } from './page-answers.js';
import { PagesController } from './pages.controller.js';

@Module({ controllers: [PagesController], providers: [PageAnswers] })
export class PagesModule {}
