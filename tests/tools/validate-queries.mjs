// Checks GraphQL queries against GitHub's published schema with the reference implementation.
//
//   node validate-queries.mjs FILE     FILE: a JSON list of texts
//
// Prints what is wrong, or how many are right; deprecated fields are told, and are no error.
import { readFileSync } from 'node:fs';
import { schema as published } from '@octokit/graphql-schema';
import { NoDeprecatedCustomRule, buildSchema, parse, specifiedRules, validate } from 'graphql';

// The published text defines two fields twice, which the queries do not care about.
const schema = buildSchema(published.idl, { assumeValid: true, assumeValidSDL: true });
const queries = JSON.parse(readFileSync(process.argv[2], 'utf8'));
let wrong = 0;
for (const text of queries) {
  const document = parse(text);
  for (const error of validate(schema, document, specifiedRules)) {
    wrong += 1;
    console.error(`${error.message}\n  in ${text}`);
  }
  for (const error of validate(schema, document, [NoDeprecatedCustomRule])) console.log(`note: ${error.message}`);
}
console.log(`${queries.length} queries, ${wrong} errors`);
process.exitCode = wrong === 0 && queries.length > 0 ? 0 : 1;
