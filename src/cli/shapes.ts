/** What the sidecar's HTTP door answers, as far as the commands read it. */

export interface DecisionJson {
  readonly call_id: string;
  readonly verdict: 'permit' | 'veto';
  readonly reasons: readonly {
    readonly code: string;
    readonly meaning: string;
    readonly rule: string;
    readonly basis: string;
    readonly detail: Readonly<Record<string, unknown>>;
    readonly transient: boolean;
  }[];
  readonly obligations: readonly {
    readonly kind: string;
    readonly seconds?: number;
    readonly ms?: number;
    readonly text?: string;
    readonly basis: string;
  }[];
  readonly warnings: readonly {
    readonly code: string;
    readonly rule: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
  readonly places?: readonly { readonly state: string; readonly zone: string; readonly because: string }[];
  readonly number?: string;
  readonly campaign?: string;
  readonly caller_id?: string | null;
  readonly valid_until?: string | null;
  readonly decided_at: string;
  readonly policy_hash: string;
  readonly placement?: 'placed' | 'repeated' | 'reserved' | 'vetoed' | 'failed';
  readonly problem?: string | null;
}

export interface ExplainedJson extends DecisionJson {
  readonly explanation?: {
    readonly places: readonly {
      readonly state: string;
      readonly zone: string;
      readonly because: string;
      readonly local: string;
      readonly weekday: string;
      readonly windows: readonly { readonly window: string; readonly citation: string }[];
    }[];
    readonly rules: readonly {
      readonly rule: string;
      readonly basis: string;
      readonly answer: string;
      readonly reasons: readonly { readonly code: string }[];
      readonly fault: string | null;
    }[];
    readonly next_lawful: {
      readonly at: string;
      readonly verdict: 'permit' | 'veto';
      readonly codes: readonly string[];
    } | null;
  };
}

export interface EntryJson {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CallJson {
  readonly call_id: string;
  readonly state: 'vetoed' | 'in_progress' | 'settled';
  readonly entries: readonly EntryJson[];
}

interface TallyJson {
  readonly drops: number;
  readonly live_answers: number;
  readonly percent: number | null;
  readonly above_ceiling: boolean;
}

export interface CampaignJson {
  readonly id: string;
  readonly seller: { readonly id: string; readonly name: string };
  readonly mode: string;
  readonly paused: boolean;
  readonly in_flight: number;
  readonly agents: {
    readonly ready: number;
    readonly promised: number;
    readonly busy: number;
    readonly paused: number;
  };
  readonly drop_rate: {
    readonly ceiling_percent: number;
    readonly today: TallyJson;
    readonly block: TallyJson;
    readonly budget_left: number;
    readonly rebuilt: boolean;
  };
  readonly dial_level: { readonly level: number; readonly lines_now: number; readonly because: string };
  readonly prompt_problem: string | null;
}

export interface ReceiptJson {
  readonly recorded: 'written' | 'duplicate';
  readonly entry: EntryJson;
}
