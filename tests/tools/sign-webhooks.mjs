// Prints every published webhook (the examples, and what cut-openapi.mjs sampled), one JSON object a
// line: event, signature and body, the body as the bytes that were signed. The signatures are made by
// GitHub's own library.
//
//   node sign-webhooks.mjs SECRET
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Webhooks } from '@octokit/webhooks';

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json');
const sampled = JSON.parse(readFileSync(new URL('./webhooks.json', import.meta.url), 'utf8'));
const webhooks = new Webhooks({ secret: process.argv[2] });
const all = [
  ...examples.flatMap(({ name, examples }) => examples.map((body) => ({ event: name, body }))),
  ...sampled,
];
for (const { event, body } of all) {
  const text = JSON.stringify(body);
  process.stdout.write(`${JSON.stringify({ event, signature: await webhooks.sign(text), body: text })}\n`);
}
