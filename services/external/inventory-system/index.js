import { createRequire } from 'node:module';
import { run } from '@webstore/service';

const { name, version } = createRequire(import.meta.url)('./package.json');

await run({ name, version, defaultPort: 3003, load: () => import('./service.js') });
