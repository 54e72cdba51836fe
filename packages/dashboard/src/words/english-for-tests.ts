import { en } from './en/index.js';
import { speak } from './words.js';

/** Imported for its effect by tests of what says words. */
speak('en', en);
