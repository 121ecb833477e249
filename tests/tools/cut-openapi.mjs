// Writes openapi.json: the part of GitHub's published description of its REST API that countersign
// uses. The whole one is 13 MB and takes a validating proxy half a minute to read. Writes webhooks.json
// besides: bodies sampled from the description for the events of which nobody publishes examples.
//
//   node cut-openapi.mjs [PACKAGE.tgz]
//
// Without a file the package is fetched with `npm pack`. Its content is checked either way.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sampler from 'openapi-sampler';

const PACKAGE = '@octokit/openapi@23.0.2';
const SHA512 = 'pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==';
const DOCUMENT = 'package/generated/api.github.com.json';
const PATHS = [
  /^\/app(\/(hook|installations)(\/|$)|$)/,
  /^\/app-manifests\//,
  /^\/installation\/repositories$/,
  /^\/orgs\/\{org\}\/(members|teams\/\{team_slug\}\/members|rulesets)(\/|$)/,
  /^\/repos\/\{owner\}\/\{repo\}$/,
  /^\/repos\/\{owner\}\/\{repo\}\/(actions\/permissions\/workflow|activity|branches|check-runs|commits|compare|contents|deployments|environments|git\/blobs|installation|issues\/\{issue_number\}\/comments|issues\/comments|pulls|rules|rulesets|statuses)(\/|$)/,
  /^\/repos\/\{owner\}\/\{repo\}\/actions\/runs$/,
  /^\/repos\/\{owner\}\/\{repo\}\/actions\/runs\/\{run_id\}(\/(approvals|deployment_protection_rule|pending_deployments))?$/,
];

const SAMPLED = [
  /^branch-protection-configuration-/,
  /^deployment-protection-rule-/,
  /^deployment-review-/,
  /^merge-group-/,
  /^repository-renamed$/,
  /^repository-ruleset-/,
  /^security-and-analysis$/,
];

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, 'openapi.json');
const scratch = mkdtempSync(join(tmpdir(), 'openapi-'));
try {
  const archive = process.argv[2] ?? fetched(scratch);
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (hash !== SHA512) throw new Error(`${PACKAGE} has another content than was reviewed: sha512-${hash}`);
  execFileSync('tar', ['-xzf', archive, '-C', scratch, DOCUMENT]);
  const whole = JSON.parse(readFileSync(join(scratch, DOCUMENT), 'utf8'));
  const webhooks = sampled(whole);
  writeFileSync(join(here, 'webhooks.json'), JSON.stringify(webhooks));
  const cut = cutDown(whole);
  writeFileSync(output, JSON.stringify(cut));
  console.log(`${output}: ${Object.keys(cut.paths).length} of ${Object.keys(whole.paths).length} paths; ${webhooks.length} webhooks`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function fetched(directory) {
  const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', directory, PACKAGE], { cwd: here });
  return join(directory, name.toString().trim().split('\n').pop());
}

function sampled(whole) {
  return Object.entries(whole['x-webhooks'])
    .filter(([name]) => SAMPLED.some((kept) => kept.test(name)))
    .map(([, { post }]) => {
      const event = post.parameters.find((one) => one.name.toLowerCase() === 'x-github-event').example;
      const { schema } = post.requestBody.content['application/json'];
      return { event: event.replaceAll('-', '_'), body: sampler.sample(schema, {}, whole) };
    });
}

// Keeps our paths and whatever they refer to. Links between answers are left out: they refer to
// operations that are not kept.
function cutDown(whole) {
  const paths = Object.fromEntries(
    Object.entries(whole.paths).filter(([path]) => PATHS.some((kept) => kept.test(path))),
  );
  const components = {};
  const pending = [paths];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) pending.push(...value);
    else if (value !== null && typeof value === 'object') {
      delete value.links;
      if (typeof value.$ref === 'string' && value.$ref.startsWith('#/components/')) {
        const [, , kind, ...rest] = value.$ref.split('/');
        const name = rest.join('/').replaceAll('~1', '/').replaceAll('~0', '~');
        components[kind] ??= {};
        if (!(name in components[kind])) {
          const found = whole.components[kind][name];
          if (found === undefined) throw new Error(`nothing at ${value.$ref}`);
          components[kind][name] = found;
          pending.push(found);
        }
      }
      pending.push(...Object.values(value));
    }
  }
  return { openapi: whole.openapi, info: whole.info, servers: whole.servers, paths, components };
}
