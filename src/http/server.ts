/**
 * The HTTP door: routes, guards, the feed, the figures and the live page on one port. It translates and decides nothing.
 * Loopback by default; a foreign Host or Origin is refused; with tokens configured every /v1 route asks for a scope.
 */
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { createLiveFigures } from '../control/live-figures.ts';
import type { CheckpointFigures } from '../control/keep-checkpoints.ts';
import type { Operations } from '../control/operations.ts';
import type { SpoolFigures } from '../control/spool/spooling-ledger.ts';
import type { AmiFigures } from '../ports/ami-figures.ts';
import type { DiskSpace } from '../ports/disk-space.ts';
import { auditor } from './audit.ts';
import { createAuthenticator, guard, presentedToken, tokenBook, type TokenSetting } from './auth.ts';
import { callInRequest } from './call-in-request.ts';
import { createFigureFrames } from './feed-figures.ts';
import { createMetrics } from './metrics.ts';
import { pageFiles } from './page-files.ts';
import { describeProblem, notFound, PROBLEM_TYPE, ProblemSchema } from './problem.ts';
import { BATCH_LIMITS, type BatchLimits, createBatches } from './ndjson-batch.ts';
import { agentRoutes } from './routes/agents.ts';
import { attestationImportRoutes } from './routes/attestation-import.ts';
import { attestationRoutes } from './routes/attestations.ts';
import { batchRoutes } from './routes/batches.ts';
import { callerIdRoutes } from './routes/caller-ids.ts';
import { callRoutes } from './routes/calls.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { figuresRoutes } from './routes/figures.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { emergencyRoutes } from './routes/emergencies.ts';
import { healthRoutes, metricsRoute } from './routes/health.ts';
import { importRoutes } from './routes/imports.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { ledgerHoldRoutes } from './routes/ledger-holds.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { listRoutes } from './routes/lists.ts';
import { messageRoutes } from './routes/messages.ts';
import { originationRoutes } from './routes/originations.ts';
import { peopleRoutes } from './routes/people.ts';
import { recordingRoutes } from './routes/recordings.ts';
import { reloadRoutes } from './routes/reload.ts';
import { selfTestRoutes } from './routes/self-tests.ts';
import { sessionRoutes } from './routes/session.ts';
import { reassignedRoutes } from './routes/reassigned.ts';
import { standingRoutes } from './routes/standing.ts';
import { supervisorRoutes } from './routes/supervisors.ts';
import { textRoutes } from './routes/texts.ts';
import { undeliveredEventRoutes } from './routes/undelivered-events.ts';
import { type WebhookSource, webhookRoutes } from './routes/webhooks.ts';
import { sameSiteGuard } from './same-site.ts';
import type { App } from './schema.ts';
import { tellBrowsers } from './security-headers.ts';
import { createFeed, FEED_LIMITS, type FeedLimits } from './sse.ts';
import { createScreenStreams, SCREEN_LIMITS, type ScreenLimits } from './screen-stream.ts';
import { createStreamTenure, STREAM_TENURE_LIMITS, type StreamTenureLimits } from './stream-tenure.ts';
import { refuseUnstorableText } from './unstorable-text.ts';

const BODY_MAX_BYTES = 64 * 1024;
const HEADERS_MAX_BYTES = 16 * 1024;
/** Nobody holds a socket by sending slowly; batches, which are sent as they are answered, have limits of their own. */
const HEADERS_WITHIN_MS = 10_000;
const BODY_WITHIN_MS = 15_000;

/** Open for as long as somebody listens: no time of theirs is a request's. */
const STREAMS: readonly string[] = [
  '/v1/feed',
  '/v1/agents/:id/screen',
  '/v1/decisions::batch',
  '/v1/originations::batch',
];

/** PEM; `minVersion` as Node names it. */
export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}

export interface ServerOptions {
  /** Address that will be listened on; on loopback only requests that name it are served. */
  readonly host: string;
  /** Empty: every request has every scope. The configuration allows that on loopback only. */
  readonly tokens: readonly TokenSetting[];
  /** Those of the token file as it is now; left out: there is no such file. */
  readonly tokenFile?: () => readonly TokenSetting[];
  /** Wall clock that tokens expire by, milliseconds; left out: the clock of the operations. */
  readonly nowMs?: () => number;
  /** Left out: plain HTTP. */
  readonly tls?: ServerTls | null;
  readonly version: string;
  /** Names that a proxy in front of a loopback port may put into Host. */
  readonly hosts?: readonly string[];
  /** Foreign systems that may send signed events. */
  readonly webhooks?: readonly WebhookSource[];
  /** For the figures, where dialers come through the manager interface. */
  readonly amiProxy?: () => AmiFigures;
  /** For the figures: where the sidecar writes, and how much room there is. */
  readonly disks?: () => Promise<readonly DiskSpace[]>;
  /** For the figures: what waits on the disk while the ledger is away; null: nothing ever does. */
  readonly spool?: () => SpoolFigures | null;
  /** For the figures: how signed heads of the ledger are kept; left out: none are signed. */
  readonly checkpoints?: () => readonly CheckpointFigures[];
  readonly logger?: FastifyBaseLogger;
  /** Told of each fault behind an answer that says no more than that there was one. */
  readonly onFault?: (fault: {
    readonly requestId: string;
    readonly route: string;
    /** Of the call that it was about; null: of none. */
    readonly callId: string | null;
    readonly error: unknown;
  }) => void;
  readonly feed?: Partial<FeedLimits>;
  readonly screens?: Partial<ScreenLimits>;
  readonly batches?: Partial<BatchLimits>;
  readonly streams?: Partial<StreamTenureLimits>;
  /** Requests of one address in one second; a dialer sends hundreds. */
  readonly requestsPerSecondMax?: number;
}

export function buildServer(operations: Operations, options: ServerOptions): FastifyInstance {
  const root = Fastify({
    bodyLimit: BODY_MAX_BYTES,
    ...doorOf(options.tls ?? null),
    routerOptions: { maxParamLength: 128 },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        verbose: true,
        allowUnionTypes: true,
      },
    },
    frameworkErrors: (error, request, reply) => sendProblem(error, request.id, reply as FastifyReply),
    ...(options.logger === undefined ? { logger: false } : { loggerInstance: options.logger }),
  });
  root.removeContentTypeParser('text/plain'); // only JSON: a form of a foreign page cannot send it unasked
  root.addSchema(ProblemSchema);

  const figures = createLiveFigures(operations, wakeAfter);
  const feed = createFeed(operations, { ...FEED_LIMITS, ...options.feed }, createFigureFrames(figures));
  const screens = createScreenStreams(operations, { ...SCREEN_LIMITS, ...options.screens });
  const batches = createBatches({ ...BATCH_LIMITS, ...options.batches });
  const book = tokenBook(
    options.tokens,
    options.nowMs ?? (() => Number(operations.now())),
    options.tokenFile,
  );
  const authenticate = createAuthenticator(book);
  const tenure = createStreamTenure({ ...STREAM_TENURE_LIMITS, ...options.streams }, !book.open);
  const metrics = createMetrics(operations, {
    feedClients: () => feed.clients(),
    amiProxy: options.amiProxy,
    disks: options.disks,
    spool: options.spool,
    checkpoints: options.checkpoints,
  });
  root.addHook('preClose', (done) => {
    feed.close();
    figures.stop();
    screens.close();
    batches.close();
    metrics.close();
    tenure.close();
    done();
  });
  root.addHook('onRequest', sameSiteGuard(options.host, options.hosts ?? []));
  const bodies = new WeakMap<FastifyRequest, { cancel(): void }>();
  root.addHook('preParsing', (request, _reply, payload, done) => {
    const long = STREAMS.includes(request.routeOptions.url ?? '');
    if (!long)
      bodies.set(
        request,
        wakeAfter(BODY_WITHIN_MS, () => request.raw.destroy()),
      );
    done(null, payload);
  });
  root.addHook('preValidation', (request, _reply, done) => {
    bodies.get(request)?.cancel();
    if (request.routeOptions.config.takesWishes !== true) {
      refuseUnstorableText(request.body, 'body');
      refuseUnstorableText(request.query, 'query');
    }
    refuseUnstorableText(request.params, 'path');
    done();
  });
  root.addHook('onResponse', (request, reply, done) => {
    bodies.get(request)?.cancel(); // of a body that could not be read
    const route = request.routeOptions.url ?? 'none';
    if (!STREAMS.includes(route)) {
      metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
    }
    done();
  });
  root.setErrorHandler((error, request, reply) => {
    const { log } = sendProblem(error, request.id, reply);
    if (log) {
      request.log.error({ err: error }, 'request failed');
      const route = request.routeOptions.url ?? 'none';
      options.onFault?.({ requestId: request.id, route, callId: callInRequest(request), error });
    }
  });
  root.setNotFoundHandler((request, reply) => {
    sendProblem(notFound('path', `${request.method} ${request.url}`), request.id, reply);
  });

  tellBrowsers(root, (options.tls ?? null) !== null);
  void root.register(rateLimit, {
    max: options.requestsPerSecondMax ?? 5_000,
    timeWindow: 1_000,
    keyGenerator: (request) => request.ip,
  });
  void root.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Breakwater',
        version: options.version,
        description:
          'Call control that makes the US telemarketing rules hold call by call. A veto is an answer (200).',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{ bearer: [] }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => nameOf(json.$id, i) },
  });
  void root.register((scope: FastifyInstance, _options, done) => {
    const app = scope as unknown as App;
    healthRoutes(app, operations, options.version);
    done();
  });
  void root.register((scope: FastifyInstance, _options, done) => {
    webhookRoutes(scope, operations, options.webhooks ?? []);
    done();
  });
  void root.register(pageFiles);
  void root.register((scope: FastifyInstance, _options, done) => {
    const app = scope as unknown as App;
    app.decorateRequest('caller', null);
    app.addHook('onRequest', guard(authenticate));
    app.addHook('onRequest', (request, reply, next) => {
      if (STREAMS.includes(request.routeOptions.url ?? '')) {
        const token = presentedToken(request);
        tenure.admit(request, reply, () => authenticate(token) !== null);
      }
      next();
    });
    app.addHook('preHandler', auditor(operations));
    originationRoutes(app, operations);
    void scope.register((inner: FastifyInstance, _none, ready) => {
      batchRoutes(inner, operations, batches);
      ready();
    });
    callRoutes(app, operations);
    campaignRoutes(app, operations);
    figuresRoutes(app, figures);
    agentRoutes(app, operations, screens);
    supervisorRoutes(app, operations);
    peopleRoutes(app, operations);
    standingRoutes(app, operations);
    reassignedRoutes(app, operations);
    importRoutes(app, operations);
    textRoutes(app, operations);
    messageRoutes(app, operations);
    emergencyRoutes(app, operations);
    incidentRoutes(app, operations.incidents);
    selfTestRoutes(app, operations);
    attestationRoutes(app, operations);
    attestationImportRoutes(app, operations);
    callerIdRoutes(app, operations);
    listRoutes(app, operations);
    ledgerRoutes(app, operations, feed);
    ledgerHoldRoutes(app, operations.ledgerHolds);
    undeliveredEventRoutes(app, operations);
    evidenceRoutes(app, operations);
    recordingRoutes(app, operations.recordings);
    reloadRoutes(app, operations);
    sessionRoutes(app);
    metricsRoute(app, metrics);
    done();
  });
  return root;
}

function doorOf(tls: ServerTls | null) {
  const limits = { maxHeaderSize: HEADERS_MAX_BYTES, headersTimeout: HEADERS_WITHIN_MS };
  if (tls === null) return { http: limits };
  return { https: { ...limits, cert: tls.certificate, key: tls.key, minVersion: tls.minVersion } };
}

/** Never what a process waits for before it ends. */
const wakeAfter = (ms: number, wake: () => void): { cancel(): void } => {
  const timer = setTimeout(wake, ms).unref();
  return {
    cancel: () => {
      clearTimeout(timer);
    },
  };
};

const nameOf = (id: unknown, index: number): string => (typeof id === 'string' ? id : `schema-${index}`);

function sendProblem(error: unknown, requestId: string, reply: FastifyReply): { readonly log: boolean } {
  const { body, log } = describeProblem(error, requestId);
  void reply.code(body.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(body);
  return { log };
}

export class PortInUse extends Error {
  override readonly name = 'PortInUse';
  readonly code = 'port_in_use';
}

/** Resolves with the address listened on, for example `http://127.0.0.1:4580`. */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new PortInUse(`port ${port} on ${host} is in use`, { cause: error });
    }
    throw error;
  }
}
