/* SPDX-License-Identifier: Apache-2.0 */
/* family: what the plan and the files of the catalogue share with each other, and with nobody else. */
#ifndef FAULTS_FAMILY_H
#define FAULTS_FAMILY_H

#include "faults/budget.h"
#include "faults/condition.h"
#include "faults/plan.h"
#include "sim/world/choice.h"
#include "sim/world/host.h"
#include "sim/world/process.h"
#include "sim/world/schedule.h"

/* One fault that exists in this world. */
struct fault_series {
    struct fault_plan *plan;
    const struct fault_spec *spec;
    uint32_t number; /* its place in the scenario */
    uint32_t strikes, attempts;
    struct timer timer; /* background: the next attempt; scripted: the time that its condition names */
    /* Scripted: */
    struct condition condition;
    bool is_decided, is_willing; /* DRAW_STRIKE was drawn for the next strike, and how */
};

/* What a strike has changed for a while: a process paused, links blocked or slow. */
struct fault_spell {
    struct fault_plan *plan;
    struct fault_spell *next;
    const struct fault_type *type;
    struct process *process; /* paused */
    struct host *host;       /* cut off or slow */
    uint32_t host_count;     /* from and to these first hosts; later ones are not touched */
    uint32_t broker;         /* down */
    uint32_t slow_broker;
    bool is_outward, is_inward;
    int64_t amount;     /* of what the kind changes: bytes, ns, ppm, a factor .. */
    struct timer timer; /* foreground: the world waits for its end */
};

/* What the plan has in mind for a process, over its incarnations. */
struct fault_target {
    struct fault_plan *plan;
    struct process *process;
    struct fault_series *kill;       /* planned, has not struck yet */
    uint64_t kill_count;             /* call points */
    uint32_t kill_call;              /* 0: any; not for named points */
    bool is_struck;                  /* at a named point, just now */
    struct fault_series *terminate;  /* SIGTERM is delivered, it has not ended yet */
    struct fault_series *terminated; /* the same, of the end that was last */
    struct fault_series *roll;       /* its turn in a rolling restart is to come */
    bool is_down;                    /* with its machine, until it restarts */
    struct fault_spell *away;        /* it comes back when this is over */
    int64_t restart_after_ns;        /* when it ends; FAULT_NEVER: never */
    struct timer restart;            /* foreground */
};

struct fault_plan {
    struct fault_callbacks callbacks;
    struct fault_counts counts;
    struct fault_series *series;
    size_t series_count;
    struct fault_here *here; /* here.c */
    size_t here_count;
    int64_t until_ns;
    struct timer heal;
    struct timer look; /* background: something has happened, scripted faults look at their conditions */
    size_t script_count;
    uint32_t told_count;    /* how often brokers were told of a fault, or will be of its end */
    uint32_t struck_broker; /* while on_strike tells of it */
    bool is_aimed;          /* at requests */
    struct fault_spell *spells;
    struct fault_target targets[PROCESSES_MAX + 1];                     /* by process number */
    uint16_t blocked[HOSTS_MAX][HOSTS_MAX], slow[HOSTS_MAX][HOSTS_MAX]; /* spells on a link */
};

/* What is drawn, each by its own point "fault/KIND/DRAW". */
enum fault_draw {
    DRAW_PRESENT, /* chance: does this fault exist in this world? */
    DRAW_STRIKE,  /* chance, always taken: a replay without it is one without this strike */
    DRAW_WHEN,    /* the time to the next attempt */
    DRAW_WHOM,    /* among the processes (reset: connections) that it may strike */
    DRAW_AT_CALL, /* kill: after how many calls */
    DRAW_FOR,     /* how long it lasts */
    DRAW_RESTART, /* how long the process stays dead */
    DRAW_WAY,     /* partition: both ways, outward, inward */
    DRAW_FACTOR,  /* latency: how much slower; scale: how many */
    DRAW_WHICH,   /* elections: of which partition */
    DRAWS,
};

/* Name and points of a type. */
#define FAULT_NAMED(NAME)                                                                                    \
    .name = (NAME), .points = (struct choice_point[DRAWS])                                                   \
    {                                                                                                        \
        [DRAW_PRESENT] = CHOICE_POINT("fault/" NAME "/present"),                                             \
        [DRAW_STRIKE] = CHOICE_POINT("fault/" NAME "/strike"),                                               \
        [DRAW_WHEN] = CHOICE_POINT("fault/" NAME "/when"),                                                   \
        [DRAW_WHOM] = CHOICE_POINT("fault/" NAME "/whom"),                                                   \
        [DRAW_AT_CALL] = CHOICE_POINT("fault/" NAME "/at_call"),                                             \
        [DRAW_FOR] = CHOICE_POINT("fault/" NAME "/for"),                                                     \
        [DRAW_RESTART] = CHOICE_POINT("fault/" NAME "/restart"),                                             \
        [DRAW_WAY] = CHOICE_POINT("fault/" NAME "/way"),                                                     \
        [DRAW_FACTOR] = CHOICE_POINT("fault/" NAME "/factor"),                                               \
        [DRAW_WHICH] = CHOICE_POINT("fault/" NAME "/which"),                                                 \
    }

/* The catalogue. process.c: */
extern const struct fault_type fault_kill, fault_pause, fault_terminate;
/* membership.c: */
extern const struct fault_type fault_rolling_restart, fault_scale;
/* network.c: */
extern const struct fault_type fault_reset, fault_partition, fault_latency;
/* request.c: */
extern const struct fault_type fault_fail_request, fault_drop_request, fault_drop_response,
    fault_delay_request;
/* leader.c: */
extern const struct fault_type fault_elect_leader, fault_elect_unclean, fault_move_coordinator,
    fault_slow_broker;
/* broker.c: */
extern const struct fault_type fault_crash_broker, fault_stop_broker, fault_crash_broker_host,
    fault_isolate_broker;
/* disk.c: */
extern const struct fault_type fault_crash_host, fault_crash_storage, fault_fill_disk, fault_fail_disk,
    fault_slow_disk, fault_shorten_writes;
/* clock.c: */
extern const struct fault_type fault_step_clock, fault_skew_clock;
/* allocation.c: */
extern const struct fault_type fault_fail_allocation;
/* http.c: */
extern const struct fault_type fault_http_error, fault_http_stall, fault_http_reset, fault_http_truncate,
    fault_http_slow, fault_http_refuse;

/* For is_hazard_with of what ends processes: all brokers are one program, which loses every log with its end, and what
 * tells it of faults ("control.0") may be ended as little. Brokers have faults of their own. */
bool fault_ends_brokers(const struct fault_spec *spec);

/* True with this chance, for the running attempt. */
bool fault_draw_chance(const struct fault_series *series, enum fault_draw draw, uint32_t per_million);
/* One of options, for the running attempt of a series. */
uint32_t fault_draw(const struct fault_series *series, enum fault_draw draw, uint32_t options);
/* minimum..maximum, the minimum for option 0. */
int64_t fault_draw_ns(const struct fault_series *series, enum fault_draw draw, int64_t minimum,
                      int64_t maximum);

/* May this series strike this process, by name? */
bool fault_may_strike(const struct fault_series *series, const struct process *process);
/* A drawn process that it may strike, and that is_ready says yes to; NULL: none. */
struct process *fault_draw_process(const struct fault_series *series,
                                   bool (*is_ready)(const struct fault_plan *plan,
                                                    const struct process *process));
/* Counts, folds into the history, and tells. */
void fault_struck(struct fault_series *series, struct process *process);

void fault_struck_broker(struct fault_series *series, uint32_t broker);
/* A drawn broker that the series may strike and of which is_out (NULL: nobody is) is not true; 0: none. */
uint32_t fault_draw_broker(const struct fault_series *series,
                           bool (*is_out)(const struct fault_plan *plan, uint32_t broker));

/* A new spell of this series, until a drawn time; the caller fills in and applies it. */
struct fault_spell *fault_spell_new(struct fault_series *series);

/* The machine of the process is about to die, if it lives, and the process with it: it is started again after so long
 * (FAULT_NEVER: not at all). One that is dead and waits for its restart waits so long at least. */
void fault_process_goes_down(struct fault_plan *plan, struct process *process, int64_t restart_after_ns);
struct fault_target *fault_target_of(struct fault_plan *plan, struct process *process);
/* SIGTERM, told as a strike of this series; it is restarted so long after its end. */
void fault_process_terminate(struct fault_series *series, struct process *process, int64_t restart_after_ns);
/* Of one that is dead: now. */
void fault_process_restart(struct fault_target *target);
/* One whom this series terminated is up again. */
void fault_membership_on_restart(struct fault_series *series);
/* Takes back what aims at requests that have not come. */
void fault_request_heal(struct fault_plan *plan);
/* Forgets planned kills and restarts what the plan has ended. */
void fault_process_heal(struct fault_plan *plan);

/* script.c: the life of a scripted series. */
void fault_script_begin(struct fault_series *series);
/* Looks whether it is to strike now. */
void fault_script_look(struct fault_series *series);

/* The plan of this world; NULL: none. */
struct fault_plan *fault_plan_current(void);

#endif
