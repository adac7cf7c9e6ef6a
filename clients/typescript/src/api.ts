/**
 * What may be asked over HTTP and what is answered, out of `/openapi.json`.
 * Written by `npx vitest run --project tidy -u`; a change by hand is undone.
 */

/** RFC 9457 problem details */
export type Problem = {
  /** urn:breakwater:problem:<code> */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** id of the request, as in the log */
  readonly instance: string;
  /** where the unusable value stands */
  readonly field?: string;
  /** the unusable value, shortened */
  readonly value?: string;
  /** what would have been usable */
  readonly expected?: string;
  /** all of them, each with file and path; of a refused reload */
  readonly problems?: readonly string[];
};

export interface Routes {
  /** The process answers */
  'GET /healthz': {
    readonly answer: {
      readonly alive: boolean;
      readonly version: string;
    };
  };
  /** Calls can be decided and placed; 503 with the problems when not */
  'GET /readyz': {
    readonly answer: {
      readonly ready: boolean;
      readonly problems: readonly string[];
    };
  };
  /** Take a signed event: an opt-out, a revocation or a consent, as the mapping of its source says */
  'POST /v1/webhooks/{source}': {
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Screen a call and place it when permitted */
  'POST /v1/originations': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** a campaign id: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign: string;
      /** a telephone number; the campaign's first when left out */
      readonly caller_id?: string | null;
      /** an id of your own: 1 to 64 letters, digits, dots, dashes or underscores; asking again with it rings nobody twice */
      readonly call_id?: string | null;
      /** a ZIP code or ZIP+4 as stored with the lead, at most 10 characters */
      readonly zip?: string | null;
      /** a two-letter state code as stored with the lead */
      readonly state?: string | null;
      /** the stored address in one text of at most 300 characters, or its parts street, city, state, zip */
      readonly address?:
        | string
        | {
            /** null or at most 300 characters; not kept */
            readonly street?: string | null;
            /** null or at most 100 characters; not kept */
            readonly city?: string | null;
            /** two letters or the name of a state, at most 40 characters */
            readonly state?: string | null;
            /** a ZIP code or ZIP+4 */
            readonly zip?: string | null;
          }
        | null;
      readonly line_type?: 'landline' | 'mobile' | 'voip' | 'unknown';
      /** an id of the lead, at most 64 characters */
      readonly lead_id?: string | null;
      /** true or false; true for an automated or recorded message without an agent */
      readonly automated?: boolean;
      /** at most 5 texts of at most 80 characters, read out to the agent alone where the campaign says so; not kept */
      readonly agent_facts?: readonly string[];
      /** true or false; false: reserve only, you place the call and report its result (default true) */
      readonly place?: boolean;
    };
    readonly answer: {
      readonly call_id: string;
      readonly verdict: 'permit' | 'veto';
      /** code of the first reason of a veto */
      readonly headline: string | null;
      /** in rank order; empty for a permit */
      readonly reasons: readonly {
        /** stable; see GET /v1/reasons */
        readonly code: string;
        readonly meaning: string;
        readonly rule: string;
        /** paragraph of law, or the setting, that it stands on */
        readonly basis: string;
        readonly detail: Readonly<Record<string, unknown>>;
        /** the same request may get another answer later */
        readonly transient: boolean;
      }[];
      /** what the permit still demands */
      readonly obligations: readonly {
        readonly kind: string;
        readonly seconds?: number;
        readonly ms?: number;
        /** what must be said or asked */
        readonly text?: string;
        readonly basis: string;
      }[];
      readonly warnings: readonly {
        readonly code: string;
        readonly rule: string;
        readonly detail: Readonly<Record<string, unknown>>;
      }[];
      /** every place the called party may be: lawful in all of them, or a veto */
      readonly places: readonly {
        /** two letters */
        readonly state: string;
        /** IANA name */
        readonly zone: string;
        /** what made it a candidate */
        readonly because:
          'area_code' | 'operator' | 'lead_zip' | 'lead_address' | 'lead_state' | 'minority_zone';
      }[];
      readonly valid_until: string | null;
      readonly campaign: string;
      /** as read, or as given when it could not be read */
      readonly number: string;
      readonly caller_id: string | null;
      readonly decided_at: string;
      readonly policy_hash: string;
      /** placed: the exchange has taken the call; repeated: this call id was decided before, nobody was rung again; reserved: the permit is recorded and the asker places the call; failed: permitted, but not placed */
      readonly placement: 'placed' | 'repeated' | 'reserved' | 'vetoed' | 'failed';
      readonly problem: string | null;
    };
  };
  /** Manual and preview dialing: screen a call and place it for this agent, who has come in by telephone */
  'POST /v1/agents/{id}/calls': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** a campaign id: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign: string;
      /** a telephone number; the campaign's first when left out */
      readonly caller_id?: string | null;
      /** an id of your own: 1 to 64 letters, digits, dots, dashes or underscores; asking again with it rings nobody twice */
      readonly call_id?: string | null;
      /** a ZIP code or ZIP+4 as stored with the lead, at most 10 characters */
      readonly zip?: string | null;
      /** a two-letter state code as stored with the lead */
      readonly state?: string | null;
      /** the stored address in one text of at most 300 characters, or its parts street, city, state, zip */
      readonly address?:
        | string
        | {
            /** null or at most 300 characters; not kept */
            readonly street?: string | null;
            /** null or at most 100 characters; not kept */
            readonly city?: string | null;
            /** two letters or the name of a state, at most 40 characters */
            readonly state?: string | null;
            /** a ZIP code or ZIP+4 */
            readonly zip?: string | null;
          }
        | null;
      readonly line_type?: 'landline' | 'mobile' | 'voip' | 'unknown';
      /** an id of the lead, at most 64 characters */
      readonly lead_id?: string | null;
      /** at most 5 texts of at most 80 characters, read out to the agent alone where the campaign says so; not kept */
      readonly agent_facts?: readonly string[];
    };
    readonly answer: {
      readonly call_id: string;
      readonly verdict: 'permit' | 'veto';
      /** code of the first reason of a veto */
      readonly headline: string | null;
      /** in rank order; empty for a permit */
      readonly reasons: readonly {
        /** stable; see GET /v1/reasons */
        readonly code: string;
        readonly meaning: string;
        readonly rule: string;
        /** paragraph of law, or the setting, that it stands on */
        readonly basis: string;
        readonly detail: Readonly<Record<string, unknown>>;
        /** the same request may get another answer later */
        readonly transient: boolean;
      }[];
      /** what the permit still demands */
      readonly obligations: readonly {
        readonly kind: string;
        readonly seconds?: number;
        readonly ms?: number;
        /** what must be said or asked */
        readonly text?: string;
        readonly basis: string;
      }[];
      readonly warnings: readonly {
        readonly code: string;
        readonly rule: string;
        readonly detail: Readonly<Record<string, unknown>>;
      }[];
      /** every place the called party may be: lawful in all of them, or a veto */
      readonly places: readonly {
        /** two letters */
        readonly state: string;
        /** IANA name */
        readonly zone: string;
        /** what made it a candidate */
        readonly because:
          'area_code' | 'operator' | 'lead_zip' | 'lead_address' | 'lead_state' | 'minority_zone';
      }[];
      readonly valid_until: string | null;
      readonly campaign: string;
      /** as read, or as given when it could not be read */
      readonly number: string;
      readonly caller_id: string | null;
      readonly decided_at: string;
      readonly policy_hash: string;
      /** placed: the exchange has taken the call; repeated: this call id was decided before, nobody was rung again; reserved: the permit is recorded and the asker places the call; failed: permitted, but not placed */
      readonly placement: 'placed' | 'repeated' | 'reserved' | 'vetoed' | 'failed';
      readonly problem: string | null;
    };
  };
  /** Screen only: reserves and records nothing */
  'POST /v1/decisions': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** a campaign id: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign: string;
      /** a telephone number; the campaign's first when left out */
      readonly caller_id?: string | null;
      /** an id of your own: 1 to 64 letters, digits, dots, dashes or underscores; asking again with it rings nobody twice */
      readonly call_id?: string | null;
      /** a ZIP code or ZIP+4 as stored with the lead, at most 10 characters */
      readonly zip?: string | null;
      /** a two-letter state code as stored with the lead */
      readonly state?: string | null;
      /** the stored address in one text of at most 300 characters, or its parts street, city, state, zip */
      readonly address?:
        | string
        | {
            /** null or at most 300 characters; not kept */
            readonly street?: string | null;
            /** null or at most 100 characters; not kept */
            readonly city?: string | null;
            /** two letters or the name of a state, at most 40 characters */
            readonly state?: string | null;
            /** a ZIP code or ZIP+4 */
            readonly zip?: string | null;
          }
        | null;
      readonly line_type?: 'landline' | 'mobile' | 'voip' | 'unknown';
      /** an id of the lead, at most 64 characters */
      readonly lead_id?: string | null;
      /** true or false; true for an automated or recorded message without an agent */
      readonly automated?: boolean;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly at?: string;
      /** true or false; true: what every rule found, places with local times, next lawful instant */
      readonly explain?: boolean;
    };
    readonly answer: {
      readonly call_id: string;
      readonly verdict: 'permit' | 'veto';
      /** code of the first reason of a veto */
      readonly headline: string | null;
      /** in rank order; empty for a permit */
      readonly reasons: readonly {
        /** stable; see GET /v1/reasons */
        readonly code: string;
        readonly meaning: string;
        readonly rule: string;
        /** paragraph of law, or the setting, that it stands on */
        readonly basis: string;
        readonly detail: Readonly<Record<string, unknown>>;
        /** the same request may get another answer later */
        readonly transient: boolean;
      }[];
      /** what the permit still demands */
      readonly obligations: readonly {
        readonly kind: string;
        readonly seconds?: number;
        readonly ms?: number;
        /** what must be said or asked */
        readonly text?: string;
        readonly basis: string;
      }[];
      readonly warnings: readonly {
        readonly code: string;
        readonly rule: string;
        readonly detail: Readonly<Record<string, unknown>>;
      }[];
      /** every place the called party may be: lawful in all of them, or a veto */
      readonly places: readonly {
        /** two letters */
        readonly state: string;
        /** IANA name */
        readonly zone: string;
        /** what made it a candidate */
        readonly because:
          'area_code' | 'operator' | 'lead_zip' | 'lead_address' | 'lead_state' | 'minority_zone';
      }[];
      readonly valid_until: string | null;
      readonly campaign: string;
      /** as read, or as given when it could not be read */
      readonly number: string;
      readonly caller_id: string | null;
      readonly decided_at: string;
      readonly policy_hash: string;
      readonly explanation?: {
        /** where the person may be; lawful in all, or veto */
        readonly places: readonly {
          readonly state: string;
          /** IANA name */
          readonly zone: string;
          /** what made it a candidate */
          readonly because: string;
          /** the clock there, with its offset */
          readonly local: string;
          readonly weekday: string;
          /** of this local day; every one binds */
          readonly windows: readonly {
            /** 08:00-21:00 or closed */
            readonly window: string;
            readonly citation: string;
          }[];
        }[];
        readonly rules: readonly {
          readonly rule: string;
          readonly basis: string;
          readonly answer: 'veto' | 'nothing against it' | 'failed';
          readonly reasons: readonly {
            /** stable; see GET /v1/reasons */
            readonly code: string;
            readonly meaning: string;
            readonly rule: string;
            /** paragraph of law, or the setting, that it stands on */
            readonly basis: string;
            readonly detail: Readonly<Record<string, unknown>>;
            /** the same request may get another answer later */
            readonly transient: boolean;
          }[];
          readonly obligations: readonly {
            readonly kind: string;
            readonly seconds?: number;
            readonly ms?: number;
            /** what must be said or asked */
            readonly text?: string;
            readonly basis: string;
          }[];
          readonly warnings: readonly {
            readonly code: string;
            readonly detail: Readonly<Record<string, unknown>>;
          }[];
          readonly fault: string | null;
        }[];
        /** null: not within three weeks */
        readonly next_lawful: {
          readonly at: string;
          /** of the same request then, if nothing but the time changed */
          readonly verdict: 'permit' | 'veto';
          /** what would still stand against it */
          readonly codes: readonly string[];
        } | null;
      };
    };
  };
  /** Latest decisions, newest first */
  'GET /v1/decisions': {
    readonly query: { readonly limit?: string; readonly number?: string };
    readonly answer: {
      readonly decisions: readonly {
        readonly id: number;
        readonly at: string;
        readonly call_id: string | null;
        readonly campaign: string | null;
        readonly number: string | null;
        readonly verdict: 'permit' | 'veto';
        readonly headline: string | null;
        readonly reasons: readonly {
          /** stable; see GET /v1/reasons */
          readonly code?: string;
          readonly meaning?: string;
          readonly rule?: string;
          /** paragraph of law, or the setting, that it stands on */
          readonly basis?: string;
          readonly detail?: Readonly<Record<string, unknown>>;
          /** the same request may get another answer later */
          readonly transient?: boolean;
        }[];
      }[];
    };
  };
  /** Everything the ledger says of one call */
  'GET /v1/calls/{id}': {
    readonly answer: {
      readonly call_id: string;
      readonly state: 'vetoed' | 'in_progress' | 'settled';
      /** oldest first */
      readonly entries: readonly {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      }[];
    };
  };
  /** Report the one result of a call */
  'POST /v1/calls/{id}/result': {
    readonly body: {
      readonly outcome:
        'connected' | 'dropped' | 'hung_up' | 'machine' | 'no_answer' | 'busy' | 'failed' | 'expired';
      /** a campaign id, needed when the call was never screened: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign?: string;
      /** the number called, of a call that was never screened: a drop starts its rest */
      readonly number?: string;
      /** a Q.850 hangup cause, 0 to 255 */
      readonly hangup_cause?: number | null;
      /** a SIP status, 100 to 699 */
      readonly sip_status?: number | null;
    };
    readonly answer: {
      readonly call_id: string;
      /** repeated: a result stood already; unscreened: counted, though no permit was ever given */
      readonly recorded: 'recorded' | 'repeated' | 'unscreened';
    };
  };
  /** All campaigns */
  'GET /v1/campaigns': {
    readonly answer: {
      /** of the policy in force */
      readonly policy_hash: string;
      readonly campaigns: readonly {
        readonly id: string;
        readonly seller: {
          readonly id: string;
          readonly name: string;
          readonly callback_number: string;
        };
        readonly offer: string;
        readonly mode: 'predictive' | 'progressive' | 'preview';
        readonly started_on: string;
        readonly zone: string;
        readonly consent_mode: string;
        readonly paused: boolean;
        /** its talks are recorded */
        readonly recorded: boolean;
        readonly in_flight: number;
        readonly agents: {
          readonly ready: number;
          readonly promised: number;
          readonly busy: number;
          readonly paused: number;
        };
        readonly drop_rate: {
          readonly ceiling_percent: number;
          /** the band `caution` begins here */
          readonly caution_percent: number;
          /** the band `warning` begins here */
          readonly warning_percent: number;
          readonly today: {
            /** numerator: live answers that got no agent in time */
            readonly drops: number;
            /** denominator: calls answered by a person */
            readonly live_answers: number;
            /** drops per hundred live answers, two decimals; null while nobody has answered */
            readonly percent: number | null;
            /** decided on the counts, not on the rounded figure */
            readonly above_ceiling: boolean;
            readonly band: 'calm' | 'caution' | 'warning' | 'above';
          };
          /** the current 30-day block, anchored at the first day of the campaign */
          readonly block: {
            /** numerator: live answers that got no agent in time */
            readonly drops: number;
            /** denominator: calls answered by a person */
            readonly live_answers: number;
            /** drops per hundred live answers, two decimals; null while nobody has answered */
            readonly percent: number | null;
            /** decided on the counts, not on the rounded figure */
            readonly above_ceiling: boolean;
            readonly band: 'calm' | 'caution' | 'warning' | 'above';
          };
          /** the last 30 days */
          readonly rolling: {
            /** numerator: live answers that got no agent in time */
            readonly drops: number;
            /** denominator: calls answered by a person */
            readonly live_answers: number;
            /** drops per hundred live answers, two decimals; null while nobody has answered */
            readonly percent: number | null;
            /** decided on the counts, not on the rounded figure */
            readonly above_ceiling: boolean;
            readonly band: 'calm' | 'caution' | 'warning' | 'above';
          };
          /** drops there is still room for, calls in flight included */
          readonly budget_left: number;
          /** false while the counters are being rebuilt from the ledger */
          readonly rebuilt: boolean;
        };
        readonly dial_level: {
          /** lines ringing and talking, with those to open, per agent who takes calls */
          readonly level: number;
          readonly level_max: number;
          /** lines that may be opened now */
          readonly lines_now: number;
          readonly because: string;
        };
        readonly prompt_problem: string | null;
      }[];
    };
  };
  /** One campaign */
  'GET /v1/campaigns/{id}': {
    readonly answer: {
      readonly id: string;
      readonly seller: {
        readonly id: string;
        readonly name: string;
        readonly callback_number: string;
      };
      readonly offer: string;
      readonly mode: 'predictive' | 'progressive' | 'preview';
      readonly started_on: string;
      readonly zone: string;
      readonly consent_mode: string;
      readonly paused: boolean;
      /** its talks are recorded */
      readonly recorded: boolean;
      readonly in_flight: number;
      readonly agents: {
        readonly ready: number;
        readonly promised: number;
        readonly busy: number;
        readonly paused: number;
      };
      readonly drop_rate: {
        readonly ceiling_percent: number;
        /** the band `caution` begins here */
        readonly caution_percent: number;
        /** the band `warning` begins here */
        readonly warning_percent: number;
        readonly today: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** the current 30-day block, anchored at the first day of the campaign */
        readonly block: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** the last 30 days */
        readonly rolling: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** drops there is still room for, calls in flight included */
        readonly budget_left: number;
        /** false while the counters are being rebuilt from the ledger */
        readonly rebuilt: boolean;
      };
      readonly dial_level: {
        /** lines ringing and talking, with those to open, per agent who takes calls */
        readonly level: number;
        readonly level_max: number;
        /** lines that may be opened now */
        readonly lines_now: number;
        readonly because: string;
      };
      readonly prompt_problem: string | null;
    };
  };
  /** Drop rate of today, the 30-day block and the last 30 days */
  'GET /v1/campaigns/{id}/drop-rate': {
    readonly answer: {
      readonly ceiling_percent: number;
      /** the band `caution` begins here */
      readonly caution_percent: number;
      /** the band `warning` begins here */
      readonly warning_percent: number;
      readonly today: {
        /** numerator: live answers that got no agent in time */
        readonly drops: number;
        /** denominator: calls answered by a person */
        readonly live_answers: number;
        /** drops per hundred live answers, two decimals; null while nobody has answered */
        readonly percent: number | null;
        /** decided on the counts, not on the rounded figure */
        readonly above_ceiling: boolean;
        readonly band: 'calm' | 'caution' | 'warning' | 'above';
      };
      /** the current 30-day block, anchored at the first day of the campaign */
      readonly block: {
        /** numerator: live answers that got no agent in time */
        readonly drops: number;
        /** denominator: calls answered by a person */
        readonly live_answers: number;
        /** drops per hundred live answers, two decimals; null while nobody has answered */
        readonly percent: number | null;
        /** decided on the counts, not on the rounded figure */
        readonly above_ceiling: boolean;
        readonly band: 'calm' | 'caution' | 'warning' | 'above';
      };
      /** the last 30 days */
      readonly rolling: {
        /** numerator: live answers that got no agent in time */
        readonly drops: number;
        /** denominator: calls answered by a person */
        readonly live_answers: number;
        /** drops per hundred live answers, two decimals; null while nobody has answered */
        readonly percent: number | null;
        /** decided on the counts, not on the rounded figure */
        readonly above_ceiling: boolean;
        readonly band: 'calm' | 'caution' | 'warning' | 'above';
      };
      /** drops there is still room for, calls in flight included */
      readonly budget_left: number;
      /** false while the counters are being rebuilt from the ledger */
      readonly rebuilt: boolean;
    };
  };
  /** Lines per agent who takes calls, and lines that may be opened now */
  'GET /v1/campaigns/{id}/dial-level': {
    readonly answer: {
      /** lines ringing and talking, with those to open, per agent who takes calls */
      readonly level: number;
      readonly level_max: number;
      /** lines that may be opened now */
      readonly lines_now: number;
      readonly because: string;
      /** when it was worked out */
      readonly at: string;
      /** ledger entry of the last change that was told, the event id of the feed; null: none yet */
      readonly entry: number | null;
    };
  };
  /** Place no more calls */
  'POST /v1/campaigns/{id}/pause': {
    readonly body: {
      /** a name, 1 to 200 characters */
      readonly who: string;
      /** a reason, 1 to 500 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly id: string;
      readonly seller: {
        readonly id: string;
        readonly name: string;
        readonly callback_number: string;
      };
      readonly offer: string;
      readonly mode: 'predictive' | 'progressive' | 'preview';
      readonly started_on: string;
      readonly zone: string;
      readonly consent_mode: string;
      readonly paused: boolean;
      /** its talks are recorded */
      readonly recorded: boolean;
      readonly in_flight: number;
      readonly agents: {
        readonly ready: number;
        readonly promised: number;
        readonly busy: number;
        readonly paused: number;
      };
      readonly drop_rate: {
        readonly ceiling_percent: number;
        /** the band `caution` begins here */
        readonly caution_percent: number;
        /** the band `warning` begins here */
        readonly warning_percent: number;
        readonly today: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** the current 30-day block, anchored at the first day of the campaign */
        readonly block: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** the last 30 days */
        readonly rolling: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** drops there is still room for, calls in flight included */
        readonly budget_left: number;
        /** false while the counters are being rebuilt from the ledger */
        readonly rebuilt: boolean;
      };
      readonly dial_level: {
        /** lines ringing and talking, with those to open, per agent who takes calls */
        readonly level: number;
        readonly level_max: number;
        /** lines that may be opened now */
        readonly lines_now: number;
        readonly because: string;
      };
      readonly prompt_problem: string | null;
    };
  };
  /** Place calls again */
  'POST /v1/campaigns/{id}/resume': {
    readonly body: {
      /** a name, 1 to 200 characters */
      readonly who: string;
      /** a reason, 1 to 500 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly id: string;
      readonly seller: {
        readonly id: string;
        readonly name: string;
        readonly callback_number: string;
      };
      readonly offer: string;
      readonly mode: 'predictive' | 'progressive' | 'preview';
      readonly started_on: string;
      readonly zone: string;
      readonly consent_mode: string;
      readonly paused: boolean;
      /** its talks are recorded */
      readonly recorded: boolean;
      readonly in_flight: number;
      readonly agents: {
        readonly ready: number;
        readonly promised: number;
        readonly busy: number;
        readonly paused: number;
      };
      readonly drop_rate: {
        readonly ceiling_percent: number;
        /** the band `caution` begins here */
        readonly caution_percent: number;
        /** the band `warning` begins here */
        readonly warning_percent: number;
        readonly today: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** the current 30-day block, anchored at the first day of the campaign */
        readonly block: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** the last 30 days */
        readonly rolling: {
          /** numerator: live answers that got no agent in time */
          readonly drops: number;
          /** denominator: calls answered by a person */
          readonly live_answers: number;
          /** drops per hundred live answers, two decimals; null while nobody has answered */
          readonly percent: number | null;
          /** decided on the counts, not on the rounded figure */
          readonly above_ceiling: boolean;
          readonly band: 'calm' | 'caution' | 'warning' | 'above';
        };
        /** drops there is still room for, calls in flight included */
        readonly budget_left: number;
        /** false while the counters are being rebuilt from the ledger */
        readonly rebuilt: boolean;
      };
      readonly dial_level: {
        /** lines ringing and talking, with those to open, per agent who takes calls */
        readonly level: number;
        readonly level_max: number;
        /** lines that may be opened now */
        readonly lines_now: number;
        readonly because: string;
      };
      readonly prompt_problem: string | null;
    };
  };
  /** Figures of all campaigns, and the ledger entry they are true at */
  'GET /v1/figures': {
    readonly answer: {
      /** a feed after this id misses nothing */
      readonly sequence: number;
      readonly at: string;
      readonly policy_hash: string;
      readonly campaigns: readonly {
        /** every ledger entry up to this id is in them */
        readonly sequence: number;
        readonly at: string;
        readonly campaign: {
          readonly id: string;
          readonly seller: {
            readonly id: string;
            readonly name: string;
            readonly callback_number: string;
          };
          readonly offer: string;
          readonly mode: 'predictive' | 'progressive' | 'preview';
          readonly started_on: string;
          readonly zone: string;
          readonly consent_mode: string;
          readonly paused: boolean;
          /** its talks are recorded */
          readonly recorded: boolean;
          readonly in_flight: number;
          readonly agents: {
            readonly ready: number;
            readonly promised: number;
            readonly busy: number;
            readonly paused: number;
          };
          readonly drop_rate: {
            readonly ceiling_percent: number;
            /** the band `caution` begins here */
            readonly caution_percent: number;
            /** the band `warning` begins here */
            readonly warning_percent: number;
            readonly today: {
              /** numerator: live answers that got no agent in time */
              readonly drops: number;
              /** denominator: calls answered by a person */
              readonly live_answers: number;
              /** drops per hundred live answers, two decimals; null while nobody has answered */
              readonly percent: number | null;
              /** decided on the counts, not on the rounded figure */
              readonly above_ceiling: boolean;
              readonly band: 'calm' | 'caution' | 'warning' | 'above';
            };
            /** the current 30-day block, anchored at the first day of the campaign */
            readonly block: {
              /** numerator: live answers that got no agent in time */
              readonly drops: number;
              /** denominator: calls answered by a person */
              readonly live_answers: number;
              /** drops per hundred live answers, two decimals; null while nobody has answered */
              readonly percent: number | null;
              /** decided on the counts, not on the rounded figure */
              readonly above_ceiling: boolean;
              readonly band: 'calm' | 'caution' | 'warning' | 'above';
            };
            /** the last 30 days */
            readonly rolling: {
              /** numerator: live answers that got no agent in time */
              readonly drops: number;
              /** denominator: calls answered by a person */
              readonly live_answers: number;
              /** drops per hundred live answers, two decimals; null while nobody has answered */
              readonly percent: number | null;
              /** decided on the counts, not on the rounded figure */
              readonly above_ceiling: boolean;
              readonly band: 'calm' | 'caution' | 'warning' | 'above';
            };
            /** drops there is still room for, calls in flight included */
            readonly budget_left: number;
            /** false while the counters are being rebuilt from the ledger */
            readonly rebuilt: boolean;
          };
          readonly dial_level: {
            /** lines ringing and talking, with those to open, per agent who takes calls */
            readonly level: number;
            readonly level_max: number;
            /** lines that may be opened now */
            readonly lines_now: number;
            readonly because: string;
          };
          readonly prompt_problem: string | null;
        };
        readonly day: {
          /** start of the day in the campaign's zone */
          readonly from: string;
          readonly until: string;
          /** false while today's earlier entries are still being read */
          readonly complete: boolean;
          readonly permits: number;
          /** by headline reason, most frequent first */
          readonly vetoes: readonly {
            readonly code: string;
            readonly count: number;
            readonly basis: string | null;
          }[];
          /** results of placed calls: connected, dropped, hung_up, machine, no_answer, busy, failed, expired */
          readonly outcomes: Readonly<Record<string, unknown>>;
          /** from the start of the two seconds to the first sound of the safe-harbor message */
          readonly safe_harbor: {
            readonly bound_ms: number;
            /** upper edges, each included; one is the bound */
            readonly upto_ms: readonly number[];
            /** one more than edges: the last has no end */
            readonly counts: readonly number[];
            /** people who heard the message */
            readonly heard: number;
            readonly over_bound: number;
            readonly longest_ms: number | null;
          };
        };
      }[];
    };
  };
  /** Say what an agent is doing; without `campaigns`, for all the agent's campaigns */
  'PUT /v1/agents/{id}/state': {
    readonly body: {
      readonly state: 'ready' | 'promised' | 'busy' | 'paused' | 'logged_out';
      /** at most 100 campaign ids */
      readonly campaigns?: readonly string[];
    };
    readonly answer: {
      readonly agent: string;
      readonly state: string;
    };
  };
  /** Supervisors who have come in, and the talks they are at */
  'GET /v1/supervisors': {
    readonly answer: {
      readonly supervisors: readonly {
        readonly supervisor: string;
        /** call_id, campaign, mode and since of the talk the supervisor is at */
        readonly talk: Readonly<Record<string, unknown>> | null;
      }[];
    };
  };
  /** Let a supervisor into a talk, or change the mode; each use is a ledger entry */
  'POST /v1/supervisors/{id}/talk': {
    readonly body: {
      /** a call id: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly call_id: string;
      /** listen: hears both; whisper: only the agent hears the supervisor too; barge: all hear each other */
      readonly mode: 'listen' | 'whisper' | 'barge';
    };
    readonly answer: {
      readonly supervisor: string;
      readonly call_id: string;
      /** listen: hears both; whisper: only the agent hears the supervisor too; barge: all hear each other */
      readonly mode: 'listen' | 'whisper' | 'barge';
      /** false: nobody was let in, `because` says why */
      readonly admitted: boolean;
      readonly since: string | null;
      readonly because:
        | 'not_talking'
        | 'not_a_supervisor'
        | 'supervisor_absent'
        | 'no_disclosure'
        | 'disclosure_not_heard'
        | 'exchange_failed'
        | null;
      readonly meaning: string | null;
    };
  };
  /** Take a supervisor out of the talk */
  'POST /v1/supervisors/{id}/leave': {
    readonly body: Readonly<Record<string, never>>;
    readonly answer: {
      readonly supervisor: string;
      /** false: the supervisor was at no talk */
      readonly left: boolean;
    };
  };
  /** Record that a person does not want to be called by a seller */
  'POST /v1/opt-outs': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** a seller id, unless campaign is given: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller?: string;
      /** a campaign id, unless seller is given: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign?: string;
      /** how it was said, for example voice, mail, web, 1 to 200 characters */
      readonly channel: string;
      /** a call id: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly call_id?: string;
      /** what else was said */
      readonly note?: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record a consent with all its elements */
  'POST /v1/consents': {
    readonly body: {
      /** an id of the record: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly consent_id: string;
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** the seller the record names: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      readonly kind: 'written' | 'express';
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly given_at: string;
      /** an RFC 3339 instant, or null */
      readonly expires_at?: string | null;
      /** the exact text the person saw or heard, at most 10000 characters */
      readonly disclosure_text: string;
      /** the affirmative act, at most 1000 characters */
      readonly act: string;
      /** the signature as given, or null */
      readonly signature?: string | null;
      /** where it was given: page address, paper form, call id */
      readonly source: string;
      /** true when the disclosure says that consent is not a condition of purchase */
      readonly not_condition_of_purchase: boolean;
      /** page it was given on; then ip and user_agent are needed */
      readonly page_url?: string | null;
      /** address it was given from */
      readonly ip?: string | null;
      /** browser it was given with */
      readonly user_agent?: string | null;
      /** what stood in the form before the person touched it */
      readonly prefilled?: string | null;
      /** 1 the seller's own form, 4 a bought lead of unknown path */
      readonly lead_source_tier?: number | null;
      /** what the calls may be about, as the record says it, or null */
      readonly topic?: string | null;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** The same as POST /v1/consents/revocations; the record itself stays */
  'DELETE /v1/consents': {
    readonly query: {
      readonly number: string;
      readonly seller?: string;
      readonly campaign?: string;
      readonly channel: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record that a person has taken consent back */
  'POST /v1/consents/revocations': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** a seller id, unless campaign is given: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller?: string;
      /** a campaign id, unless seller is given: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign?: string;
      /** how it was said, for example voice, mail, web, 1 to 200 characters */
      readonly channel: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record that a person has confirmed a consent */
  'POST /v1/consents/confirmations': {
    readonly body: {
      /** the id of the consent: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly consent_id: string;
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** the seller the consent names: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      /** how it was confirmed: link in a mail, reply, call back, 1 to 200 characters */
      readonly channel: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record a purchase or an inquiry */
  'POST /v1/relationships': {
    readonly body: {
      /** an id of the record: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly relationship_id: string;
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** the seller it is with: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      readonly kind: 'purchase' | 'inquiry';
      /** a calendar date, for example 2026-11-26 */
      readonly occurred_on: string;
      /** what was bought or asked about, 1 to 500 characters */
      readonly subject: string;
      /** last day of an open contract, account or debt; a purchase only */
      readonly contract_until?: string | null;
      /** where it can be looked up: order, ticket, call id, 1 to 1000 characters */
      readonly source: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Be looser than the default in one named thing, until a day; an end that has passed ends it */
  'POST /v1/overrides': {
    readonly body: {
      /** an id of the override: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly override_id: string;
      readonly what:
        | 'registration'
        | 'strict_extra_holidays'
        | 'minority_zones'
        | 'attempt_cap_within_relationship'
        | 'reconsent_lifts_request'
        | 'internal_request_retention'
        | 'clock_guard'
        | 'campaign_attempts'
        | 'drop_lockout'
        | 'text_double_opt_in';
      /** the seller it is for: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      /** a two-letter code of the place */
      readonly state: string;
      /** who decided, 1 to 200 characters */
      readonly who: string;
      /** the reason, with its paragraph, 1 to 1000 characters */
      readonly why: string;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly until: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record an answer of the reassigned-numbers database */
  'POST /v1/reassigned-checks': {
    readonly body: {
      /** an id of the query: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly check_id: string;
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** the seller that asked: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly queried_at: string;
      /** a calendar date, for example 2026-11-26 */
      readonly since: string;
      readonly answer: 'no' | 'yes' | 'no_data';
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record a batch of answers of the reassigned-numbers database; sent again it writes nothing new */
  'POST /v1/reassigned-checks/import': {
    readonly body: {
      /** the seller all of them are for: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      /** 1 to 500 rows */
      readonly rows: readonly Readonly<Record<string, unknown>>[];
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly queried_at?: string;
      /** a calendar date, for example 2026-11-26 */
      readonly since?: string;
    };
    readonly answer: {
      /** entries written, all durable */
      readonly written: number;
      /** rows that stood already; nothing was written */
      readonly standing: number;
      /** of those written: a field beside the request was cut, replaced or left out; the entry says which */
      readonly adjusted: number;
      readonly rejected: readonly {
        /** place of the row in the batch, from 0 */
        readonly index: number;
        readonly field: string;
        readonly value: string;
        readonly expected: string;
      }[];
    };
  };
  /** Numbers with a consent that the reassigned-numbers database must be asked about, by number */
  'GET /v1/reassigned-checks/due': {
    readonly query: {
      readonly seller: string;
      readonly after?: string;
      readonly at?: string;
      readonly limit?: string;
    };
    readonly answer: {
      readonly due: readonly {
        readonly number: string;
        /** the date to ask about */
        readonly since: string;
        /** why what is on record does not do */
        readonly problem: string;
      }[];
      readonly next: string | null;
    };
  };
  /** Record a batch of requests not to be called; sent again it writes nothing new */
  'POST /v1/opt-outs/import': {
    readonly body: {
      /** the seller all of them are for: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      /** 1 to 500 rows */
      readonly rows: readonly Readonly<Record<string, unknown>>[];
      /** how they were said, where a row does not say it; default: file, 1 to 200 characters */
      readonly channel?: string;
    };
    readonly answer: {
      /** entries written, all durable */
      readonly written: number;
      /** rows that stood already; nothing was written */
      readonly standing: number;
      /** of those written: a field beside the request was cut, replaced or left out; the entry says which */
      readonly adjusted: number;
      readonly rejected: readonly {
        /** place of the row in the batch, from 0 */
        readonly index: number;
        readonly field: string;
        readonly value: string;
        readonly expected: string;
      }[];
    };
  };
  /** Record a batch of consents; sent again it writes nothing new */
  'POST /v1/consents/import': {
    readonly body: {
      /** the seller all of them are for: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      /** 1 to 500 rows */
      readonly rows: readonly Readonly<Record<string, unknown>>[];
      /** how they were said, where a row does not say it; default: file, 1 to 200 characters */
      readonly channel?: string;
    };
    readonly answer: {
      /** entries written, all durable */
      readonly written: number;
      /** rows that stood already; nothing was written */
      readonly standing: number;
      /** of those written: a field beside the request was cut, replaced or left out; the entry says which */
      readonly adjusted: number;
      readonly rejected: readonly {
        /** place of the row in the batch, from 0 */
        readonly index: number;
        readonly field: string;
        readonly value: string;
        readonly expected: string;
      }[];
    };
  };
  /** Take an inbound text: a word that revokes is an opt-out, anything else waits for a person */
  'POST /v1/texts': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly from: string;
      /** a telephone number, for example +13035550101 */
      readonly to?: string;
      /** the text as it came, at most 10000 characters */
      readonly body: string;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly received_at: string;
      /** the gateway's own id of the message, 1 to 128 characters */
      readonly message_id: string;
      /** the seller, where `to` does not tell: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller?: string;
    };
    readonly answer: {
      /** unclear: the number is not called until somebody settles it */
      readonly meaning: 'revocation' | 'unclear';
      readonly word: string | null;
      readonly receipts: readonly {
        readonly recorded: 'written' | 'duplicate';
        readonly entry: {
          /** orders all entries; the event id of the feed */
          readonly id: number;
          readonly kind: string;
          readonly at: string;
          /** as recorded and hashed */
          readonly body: Readonly<Record<string, unknown>>;
        };
      }[];
    };
  };
  /** What people wrote and nobody has settled, oldest first */
  'GET /v1/unclear-requests': {
    readonly query: { readonly limit?: string };
    readonly answer: {
      readonly requests: readonly {
        readonly request_id: string;
        readonly number: string;
        readonly seller: string;
        readonly channel: string;
        readonly text: string;
        readonly received_at: string;
      }[];
    };
  };
  /** Settle one: an opt-out, which is recorded first, or none */
  'POST /v1/unclear-requests/settlements': {
    readonly body: {
      /** the id of the request, 1 to 64 characters */
      readonly request_id: string;
      /** opt_out: it was a request not to be called; no_request: it was none */
      readonly as: 'opt_out' | 'no_request';
      /** who has read it, 1 to 200 characters */
      readonly who: string;
      /** why it is one, or none, 1 to 1000 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** May this text message be sent now? The decision is in the ledger before it is answered */
  'POST /v1/messages/decisions': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** a campaign id: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly campaign: string;
      /** an id of your own; asked again with it, the first decision stands: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly message_id?: string;
      /** marketing when left out; opt_in_request: the one request to confirm a consent */
      readonly purpose?: 'marketing' | 'opt_in_request';
      /** a number or short code of the campaign's texts.senders; the first when left out */
      readonly sender?: string | null;
      /** what the person will read, at most 1530 characters; null for a request to confirm, whose words are the campaign's */
      readonly text?: string | null;
      /** a ZIP code or ZIP+4 as stored with the lead, at most 10 characters */
      readonly zip?: string | null;
      /** a two-letter state code as stored with the lead */
      readonly state?: string | null;
      /** the stored address in one text of at most 300 characters, or its parts street, city, state, zip */
      readonly address?:
        | string
        | {
            /** null or at most 300 characters; not kept */
            readonly street?: string | null;
            /** null or at most 100 characters; not kept */
            readonly city?: string | null;
            /** two letters or the name of a state, at most 40 characters */
            readonly state?: string | null;
            /** a ZIP code or ZIP+4 */
            readonly zip?: string | null;
          }
        | null;
      readonly line_type?: 'landline' | 'mobile' | 'voip' | 'unknown';
      /** an id of the lead, at most 64 characters */
      readonly lead_id?: string | null;
    };
    readonly answer: {
      readonly message_id: string;
      readonly verdict: 'permit' | 'veto';
      readonly purpose: 'marketing' | 'opt_in_request';
      readonly headline: string | null;
      /** in rank order; empty for a permit */
      readonly reasons: readonly {
        /** stable; see GET /v1/reasons */
        readonly code: string;
        readonly meaning: string;
        readonly rule: string;
        /** paragraph of law, or the setting, that it stands on */
        readonly basis: string;
        readonly detail: Readonly<Record<string, unknown>>;
        /** the same request may get another answer later */
        readonly transient: boolean;
      }[];
      readonly warnings: readonly {
        readonly code: string;
        readonly rule: string;
        readonly detail: Readonly<Record<string, unknown>>;
      }[];
      /** every place the person may be: lawful in all of them, or a veto */
      readonly places: readonly {
        readonly state: string;
        readonly zone: string;
        readonly because:
          'area_code' | 'operator' | 'lead_zip' | 'lead_address' | 'lead_state' | 'minority_zone';
      }[];
      /** what is to be sent, word by word; null on a veto */
      readonly text: string | null;
      readonly sender: string;
      /** as read, or as given when it could not be read */
      readonly number: string;
      readonly campaign: string;
      /** hand it to the gateway before this, or ask again */
      readonly valid_until: string | null;
      readonly decided_at: string;
      readonly policy_hash: string;
      /** this message id was decided before */
      readonly repeated: boolean;
    };
  };
  /** Record a consent to text messages; one to calls is no consent to texts, and the other way round */
  'POST /v1/messages/consents': {
    readonly body: {
      /** an id of the record: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly consent_id: string;
      /** a telephone number, for example +13035550101 */
      readonly number: string;
      /** the seller the record names: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller: string;
      readonly kind: 'written' | 'express';
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly given_at: string;
      /** an RFC 3339 instant, or null */
      readonly expires_at?: string | null;
      /** the exact text the person saw or heard, at most 10000 characters */
      readonly disclosure_text: string;
      /** the affirmative act, at most 1000 characters */
      readonly act: string;
      /** the signature as given, or null */
      readonly signature?: string | null;
      /** where it was given: page address, paper form, call id */
      readonly source: string;
      /** true when the disclosure says that consent is not a condition of purchase */
      readonly not_condition_of_purchase: boolean;
      /** page it was given on; then ip and user_agent are needed */
      readonly page_url?: string | null;
      /** address it was given from */
      readonly ip?: string | null;
      /** browser it was given with */
      readonly user_agent?: string | null;
      /** what stood in the form before the person touched it */
      readonly prefilled?: string | null;
      /** 1 the seller's own form, 4 a bought lead of unknown path */
      readonly lead_source_tier?: number | null;
      /** what the calls may be about, as the record says it, or null */
      readonly topic?: string | null;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Take what a person wrote: STOP and the like, YES to the one request, HELP, or a text that somebody must read */
  'POST /v1/messages/inbound': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly from: string;
      /** a telephone number, for example +13035550101 */
      readonly to?: string;
      /** the text as it came, at most 10000 characters */
      readonly body: string;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly received_at: string;
      /** the gateway's own id of the message, 1 to 128 characters */
      readonly message_id: string;
      /** the seller, where `to` does not tell: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly seller?: string;
    };
    readonly answer: {
      /** unclear: neither call nor text to the number until somebody settles it */
      readonly meaning: 'revocation' | 'confirmation' | 'help' | 'unclear';
      readonly word: string | null;
      readonly receipts: readonly {
        readonly recorded: 'written' | 'duplicate';
        readonly entry: {
          /** orders all entries; the event id of the feed */
          readonly id: number;
          readonly kind: string;
          readonly at: string;
          /** as recorded and hashed */
          readonly body: Readonly<Record<string, unknown>>;
        };
      }[];
      /** send these now and nothing else; each is in the ledger */
      readonly replies: readonly {
        readonly message_id: string;
        readonly purpose: 'opt_out_confirmation' | 'help';
        readonly seller: string;
        readonly to: string;
        readonly sender: string;
        /** word by word */
        readonly text: string;
        /** later it must not be sent */
        readonly send_before: string;
      }[];
    };
  };
  /** Declare one: calls to the place are vetoed on these days, both included */
  'POST /v1/emergencies': {
    readonly body: {
      /** a two-letter code of the place */
      readonly state: string;
      /** where it can be looked up: proclamation, notice, 1 to 1000 characters */
      readonly source: string;
      /** who enters it, 1 to 200 characters */
      readonly who: string;
      /** a calendar date, for example 2026-11-26 */
      readonly from: string;
      /** last day in the place, or null while nobody knows it */
      readonly until?: string | null;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** All that were declared, with the days they bind */
  'GET /v1/emergencies': {
    readonly answer: {
      readonly emergencies: readonly {
        readonly state: string;
        readonly from: string;
        readonly until: string | null;
        readonly source: string;
        readonly who: string;
      }[];
    };
  };
  /** End those declared for the place with this day; rows of operator.yaml stay */
  'POST /v1/emergencies/ends': {
    readonly body: {
      /** a two-letter code of the place */
      readonly state: string;
      /** where it can be looked up: proclamation, notice, 1 to 1000 characters */
      readonly source: string;
      /** who enters it, 1 to 200 characters */
      readonly who: string;
      /** a calendar date, for example 2026-11-26 */
      readonly until: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Record what was found */
  'POST /v1/incidents': {
    readonly body: {
      /** an id for the incident: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly incident_id: string;
      /** what was found, 1 to 4000 characters */
      readonly finding: string;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly found_at: string;
      /** who enters it, 1 to 200 characters */
      readonly who: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** All incidents, in the order of their opening */
  'GET /v1/incidents': {
    readonly answer: {
      readonly incidents: readonly {
        readonly incident_id: string;
        readonly finding: string;
        readonly found_at: string;
        readonly opened_by: string;
        readonly opened_at: string;
        readonly cause: string | null;
        readonly correction: string | null;
        readonly verification: string | null;
        readonly closed_by: string | null;
        readonly closed_at: string | null;
      }[];
    };
  };
  /** Close an incident with its cause, its correction and how that was verified */
  'POST /v1/incidents/closings': {
    readonly body: {
      /** the id of an open incident: 1 to 64 letters, digits, dots, dashes or underscores */
      readonly incident_id: string;
      /** why it happened, 1 to 4000 characters */
      readonly cause: string;
      /** what was done, 1 to 4000 characters */
      readonly correction: string;
      /** how it is known to be over, 1 to 4000 characters */
      readonly verification: string;
      /** who enters it, 1 to 200 characters */
      readonly who: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Screen the numbers of selfTest.seeds for every campaign now; nobody is dialed */
  'POST /v1/self-tests': {
    readonly answer: {
      readonly run_id: string;
      readonly tested_at: string;
      readonly policy_hash: string;
      /** there are seeds, and each was held by its list for every campaign */
      readonly passed: boolean;
      readonly seeds: readonly {
        readonly number: string;
        /** the reason that must be among those of its veto */
        readonly expects: string;
        readonly answer: 'held' | 'missed' | 'permitted' | 'untested';
        /** how many it was screened for */
        readonly campaigns: number;
        readonly failures: readonly {
          readonly campaign: string;
          readonly verdict: 'permit' | 'veto';
          readonly reasons: readonly string[];
        }[];
      }[];
    };
  };
  /** What the newest self-test of this sidecar found */
  'GET /v1/self-tests': {
    readonly answer: {
      /** numbers that are configured */
      readonly seeds: number;
      readonly newest: {
        readonly run_id: string;
        readonly tested_at: string;
        readonly policy_hash: string;
        /** there are seeds, and each was held by its list for every campaign */
        readonly passed: boolean;
        readonly seeds: readonly {
          readonly number: string;
          /** the reason that must be among those of its veto */
          readonly expects: string;
          readonly answer: 'held' | 'missed' | 'permitted' | 'untested';
          /** how many it was screened for */
          readonly campaigns: number;
          readonly failures: readonly {
            readonly campaign: string;
            readonly verdict: 'permit' | 'veto';
            readonly reasons: readonly string[];
          }[];
        }[];
      } | null;
    };
  };
  /** Record a confirmed attestation level of a caller ID */
  'POST /v1/attestations': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly caller_id: string;
      /** the PJSIP endpoint it is of, 1 to 79 characters; left out: every trunk */
      readonly trunk?: string;
      readonly level: 'A' | 'B' | 'C';
      readonly way: 'signed_here' | 'seen_there' | 'declared';
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly confirmed_at: string;
      /** an RFC 3339 instant with offset, for example 2026-11-26T13:00:00Z */
      readonly expires_at: string;
      /** a reference of the proof: document hash, call id, carrier statement, 1 to 1000 characters */
      readonly proof: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Caller IDs by trunk: level, source and age, and what campaigns demand */
  'GET /v1/attestations': {
    readonly answer: {
      readonly routes: readonly {
        readonly caller_id: string;
        readonly trunk: string | null;
        readonly record: {
          readonly trunk: string | null;
          readonly level: 'A' | 'B' | 'C' | 'none';
          readonly level_before: string | null;
          readonly way: 'signed_here' | 'seen_there' | 'declared';
          readonly confirmed_at: string;
          readonly age_seconds: number;
          readonly expires_at: string;
          readonly proof: string;
        } | null;
        readonly demands: readonly {
          readonly campaign: string;
          readonly minimum: 'A' | 'B' | 'C' | 'none';
          readonly max_age_hours: number;
          readonly answer: 'met' | 'attestation_unconfirmed' | 'attestation_below_minimum';
          readonly problem: string | null;
          readonly met_until: string | null;
        }[];
        readonly records: readonly {
          readonly trunk: string | null;
          readonly level: 'A' | 'B' | 'C' | 'none';
          readonly level_before: string | null;
          readonly way: 'signed_here' | 'seen_there' | 'declared';
          readonly confirmed_at: string;
          readonly age_seconds: number;
          readonly expires_at: string;
          readonly proof: string;
        }[];
      }[];
      readonly mirror: {
        readonly address: string | null;
        readonly packets: number;
        readonly invites: number;
        readonly judged: number;
        readonly unjudged: number;
        readonly unseen: number;
        readonly unreadable: number;
        readonly dropped: number;
        readonly lost_by_kernel: number | null;
        readonly alarms: number;
      } | null;
    };
  };
  /** Record a batch of carriers' statements; sent again it writes nothing new */
  'POST /v1/attestations/import': {
    readonly body: {
      /** 1 to 200 rows */
      readonly rows: readonly Readonly<Record<string, unknown>>[];
    };
    readonly answer: {
      /** entries written, all durable */
      readonly written: number;
      /** rows that stood already; nothing was written */
      readonly standing: number;
      /** of those written: a field beside the request was cut, replaced or left out; the entry says which */
      readonly adjusted: number;
      readonly rejected: readonly {
        /** place of the row in the batch, from 0 */
        readonly index: number;
        readonly field: string;
        readonly value: string;
        readonly expected: string;
      }[];
    };
  };
  /** Caller IDs over trunks: level, age, source, blocking by day, last canary */
  'GET /v1/caller-ids': {
    readonly answer: {
      readonly caller_ids: readonly {
        readonly caller_id: string;
        readonly trunk: string | null;
        readonly campaigns: readonly string[];
        readonly minimum: string | null;
        readonly answer: string | null;
        readonly level: string | null;
        readonly source: string | null;
        readonly confirmed_at: string | null;
        readonly age_seconds: number | null;
        readonly expires_at: string | null;
        readonly proof: string | null;
        readonly resting_until: string | null;
        readonly days: readonly {
          readonly day: string;
          readonly calls: number;
          readonly blocked: number;
          readonly at_once: number;
          readonly silent: number;
        }[];
        readonly last_signal: {
          readonly signal: string;
          readonly at: string;
          readonly header: string | null;
        } | null;
        readonly canary: {
          readonly at: string;
          readonly outcome: string;
          readonly level: string | null;
          readonly alarm: string | null;
        } | null;
      }[];
    };
  };
  /** Call a number of our own with a caller ID over a trunk now; without either, with all */
  'POST /v1/canaries': {
    readonly body: {
      /** a telephone number, for example +13035550101 */
      readonly caller_id?: string;
      /** the PJSIP endpoint it is of, 1 to 79 characters; left out: every trunk */
      readonly trunk?: string;
      /** answer when all have come back or are missing */
      readonly wait?: boolean;
    };
    readonly answer: {
      readonly canaries: readonly {
        readonly caller_id: string;
        readonly trunk: string;
        readonly canary: string | null;
        readonly outcome: string;
        readonly level: string | null;
        readonly alarm: string | null;
        readonly findings: readonly {
          readonly source: string;
          readonly level: string;
          readonly text: string;
        }[];
      }[];
    };
  };
  /** All do-not-call lists, with the versions in force */
  'GET /v1/lists': {
    readonly answer: {
      readonly lists: readonly {
        readonly name: string;
        readonly kind: string | null;
        readonly state: string | null;
        readonly campaign: string | null;
        /** null: calls the list may bind are vetoed */
        readonly in_force: {
          readonly version: string;
          /** day the copy was obtained */
          readonly obtained_on: string;
          /** different numbers */
          readonly numbers: number;
          /** of the file, or of the manifest of an import */
          readonly sha256: string;
          readonly origin: 'file' | 'import';
          readonly area_codes: string | null;
          /** numbers that the list says are of a type; empty when it says nothing */
          readonly line_types: {
            readonly mobile?: number;
            readonly voip?: number;
            readonly landline?: number;
          };
          /** oldest first: a whole list and the changes since */
          readonly sources: readonly {
            /** name of the file without its folder */
            readonly file: string;
            readonly mode: 'full' | 'delta';
            readonly sha256: string;
            readonly obtained_on: string;
            readonly imported_at: string | null;
            readonly lines: number;
            /** lines that could not be read */
            readonly rejected: number;
          }[];
        } | null;
        /** why nothing is in force, or why a newer version was not taken */
        readonly problem: string | null;
      }[];
    };
  };
  /** One do-not-call list */
  'GET /v1/lists/{name}': {
    readonly answer: {
      readonly name: string;
      readonly kind: string | null;
      readonly state: string | null;
      readonly campaign: string | null;
      /** null: calls the list may bind are vetoed */
      readonly in_force: {
        readonly version: string;
        /** day the copy was obtained */
        readonly obtained_on: string;
        /** different numbers */
        readonly numbers: number;
        /** of the file, or of the manifest of an import */
        readonly sha256: string;
        readonly origin: 'file' | 'import';
        readonly area_codes: string | null;
        /** numbers that the list says are of a type; empty when it says nothing */
        readonly line_types: {
          readonly mobile?: number;
          readonly voip?: number;
          readonly landline?: number;
        };
        /** oldest first: a whole list and the changes since */
        readonly sources: readonly {
          /** name of the file without its folder */
          readonly file: string;
          readonly mode: 'full' | 'delta';
          readonly sha256: string;
          readonly obtained_on: string;
          readonly imported_at: string | null;
          readonly lines: number;
          /** lines that could not be read */
          readonly rejected: number;
        }[];
      } | null;
      /** why nothing is in force, or why a newer version was not taken */
      readonly problem: string | null;
    };
  };
  /** What every reason code means */
  'GET /v1/reasons': {
    readonly answer: {
      /** in rank order */
      readonly reasons: readonly {
        readonly code: string;
        readonly rank: number;
        readonly meaning: string;
        readonly transient: boolean;
      }[];
    };
  };
  /** Ledger entries in the form of the feed; the largest id seen is where a feed goes on */
  'GET /v1/entries': {
    readonly query: {
      readonly after?: string;
      readonly kinds?: string;
      readonly order?: 'asc' | 'desc';
      readonly limit?: string;
    };
    readonly answer: {
      readonly entries: readonly {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      }[];
    };
  };
  /** Legal holds on the ledger, lifted ones too, newest first */
  'GET /v1/ledger-holds': {
    readonly query: { readonly limit?: string };
    readonly answer: {
      readonly holds: readonly {
        readonly hold_id: string;
        readonly scope: string;
        readonly value: string;
        readonly who: string;
        readonly why: string;
        readonly set_at: string;
        readonly lifted_at: string | null;
      }[];
    };
  };
  /** Forbid the pruning of months with a campaign or a number, or of all, and the erasure of who is bound */
  'POST /v1/ledger-holds': {
    readonly body: {
      readonly scope: 'campaign' | 'number' | 'all';
      /** the campaign id or telephone number; left out for `all`, 1 to 64 characters */
      readonly value?: string;
      /** who sets it, 1 to 200 characters */
      readonly who: string;
      /** why, 1 to 1000 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly hold_id: string;
      readonly receipt: {
        readonly recorded: 'written' | 'duplicate';
        readonly entry: {
          /** orders all entries; the event id of the feed */
          readonly id: number;
          readonly kind: string;
          readonly at: string;
          /** as recorded and hashed */
          readonly body: Readonly<Record<string, unknown>>;
        };
      };
    };
  };
  /** Lift a legal hold; months past their class may be pruned again */
  'POST /v1/ledger-holds/lifts': {
    readonly body: {
      /** the id of the hold, 1 to 64 characters */
      readonly hold_id: string;
      /** who lifts it, 1 to 200 characters */
      readonly who: string;
      /** why, 1 to 1000 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** Events that a target has not taken, oldest first */
  'GET /v1/undelivered-events': {
    readonly answer: {
      readonly events: readonly {
        readonly target: string;
        /** id of the ledger entry */
        readonly entry: number;
        readonly kind: string;
        readonly given_up_at: string;
        readonly attempts: number;
        /** of the last attempt */
        readonly problem: string;
      }[];
    };
  };
  /** Send one again, now; taken it leaves the list */
  'POST /v1/undelivered-events/resend': {
    readonly body: {
      /** a name of `eventWebhooks`, 1 to 64 characters */
      readonly target: string;
      /** id of the ledger entry, as listed */
      readonly entry: number;
    };
    readonly answer: {
      readonly delivered: boolean;
      readonly problem: string | null;
    };
  };
  /** Everything on record about one number, with its proof */
  'GET /v1/evidence/{number}': {
    readonly query: { readonly after?: string; readonly format?: 'json' | 'html' };
    readonly answer: {
      readonly format: string;
      readonly made_by: {
        readonly program: string;
        readonly version: string;
      };
      readonly asked: {
        readonly number: string;
        readonly as_of: string;
        /** nothing after this entry is in the document */
        readonly through_id: number;
        readonly after_id: number;
        /** where the next document goes on; null when this is all */
        readonly next_after: number | null;
        readonly acts_left_out: boolean;
      };
      readonly statement: string;
      /** every element, the exact words and their SHA-256 */
      readonly consents: readonly Readonly<Record<string, unknown>>[];
      /** opt-outs and revoked consents, with way and instant */
      readonly revocations: readonly Readonly<Record<string, unknown>>[];
      /** verdict, every reason with its basis, lists, local times, policy hash */
      readonly decisions: readonly Readonly<Record<string, unknown>>[];
      /** the fields of 16 CFR 310.5(a)(2); what is unknown is null with the reason */
      readonly calls: readonly Readonly<Record<string, unknown>>[];
      /** files with SHA-256, gap after the announcement */
      readonly recordings: readonly Readonly<Record<string, unknown>>[];
      /** the files behind the policy hashes */
      readonly policies: readonly Readonly<Record<string, unknown>>[];
      /** further entries that name the number */
      readonly others: readonly Readonly<Record<string, unknown>>[];
      /** every entry used, as hashed; the state of the chains; what is not proven */
      readonly proof: Readonly<Record<string, unknown>>;
    };
  };
  /** What is kept of a recording, until when, and which holds bind it; no sound */
  'GET /v1/recordings/{id}/record': {
    readonly answer: {
      readonly call_id: string;
      /** as its entry has it: parties, times, hashes, keys, retention */
      readonly record: Readonly<Record<string, unknown>>;
      readonly archived_at: string;
      readonly deleted_at: string | null;
      /** that forbid its deletion now */
      readonly holds: readonly {
        readonly hold_id: string;
        readonly scope: string;
        readonly value: string;
        readonly who: string;
        readonly why: string;
        readonly set_at: string;
        readonly lifted_at: string | null;
      }[];
    };
  };
  /** Legal holds, lifted ones too, newest first */
  'GET /v1/recording-holds': {
    readonly query: { readonly limit?: string };
    readonly answer: {
      readonly holds: readonly {
        readonly hold_id: string;
        readonly scope: string;
        readonly value: string;
        readonly who: string;
        readonly why: string;
        readonly set_at: string;
        readonly lifted_at: string | null;
      }[];
    };
  };
  /** Forbid the deletion of recordings of a call, a number or a seller */
  'POST /v1/recording-holds': {
    readonly body: {
      readonly scope: 'call' | 'number' | 'seller';
      /** the call id, telephone number or seller id, 1 to 64 characters */
      readonly value: string;
      /** who sets it, 1 to 200 characters */
      readonly who: string;
      /** why, 1 to 1000 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly hold_id: string;
      readonly receipt: {
        readonly recorded: 'written' | 'duplicate';
        readonly entry: {
          /** orders all entries; the event id of the feed */
          readonly id: number;
          readonly kind: string;
          readonly at: string;
          /** as recorded and hashed */
          readonly body: Readonly<Record<string, unknown>>;
        };
      };
    };
  };
  /** Lift a legal hold; recordings past their time are deleted again */
  'POST /v1/recording-holds/lifts': {
    readonly body: {
      /** the id of the hold, 1 to 64 characters */
      readonly hold_id: string;
      /** who lifts it, 1 to 200 characters */
      readonly who: string;
      /** why, 1 to 1000 characters */
      readonly why: string;
    };
    readonly answer: {
      readonly recorded: 'written' | 'duplicate';
      readonly entry: {
        /** orders all entries; the event id of the feed */
        readonly id: number;
        readonly kind: string;
        readonly at: string;
        /** as recorded and hashed */
        readonly body: Readonly<Record<string, unknown>>;
      };
    };
  };
  /** The person does not want to be recorded: stop it, or never start; the call goes on. Soon after the call: delete it */
  'POST /v1/calls/{id}/recording/refuse': {
    readonly body: {
      /** who says so for the person, 1 to 200 characters */
      readonly who: string;
    };
    readonly answer: {
      readonly call_id: string;
      readonly recording: 'stopped' | 'never_starts' | 'to_be_deleted' | 'stays';
    };
  };
  /** Load configuration, campaigns and rules again; 422 lists every problem and nothing changes */
  'POST /v1/reload': {
    readonly answer: {
      /** hash of the policy before */
      readonly from: string;
      /** hash of the policy in force now */
      readonly policy_hash: string;
      /** campaigns that may call now */
      readonly added: readonly string[];
      /** campaigns with other settings or messages */
      readonly changed: readonly string[];
      /** campaigns that take no new calls; those under way end as they began */
      readonly removed: readonly string[];
    };
  };
  /** Keep the bearer token of this request in a cookie */
  'POST /v1/session': {
    readonly answer: {
      readonly session: boolean;
    };
  };
  /** Forget the cookie */
  'DELETE /v1/session': {
    readonly answer: {
      readonly session: boolean;
    };
  };
}
