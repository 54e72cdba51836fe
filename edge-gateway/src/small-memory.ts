import { keepYoungGenerationSmall } from '@vigil/process-log';

// Imported first: the loading of the other modules alone makes V8 double its young generation several times.
keepYoungGenerationSmall();
