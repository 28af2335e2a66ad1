CREATE TABLE "delivery_addresses" (
	"key" text PRIMARY KEY NOT NULL,
	"paid_until" timestamp (3) with time zone,
	"held_until" timestamp (3) with time zone,
	"failing_since" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"id" text PRIMARY KEY NOT NULL,
	"service" text NOT NULL,
	"version" text,
	"at" bigint NOT NULL,
	"kind" text NOT NULL,
	"description" text NOT NULL,
	"url" text,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "episode_receivers" (
	"episode_id" text NOT NULL,
	"receiver" text NOT NULL,
	"receiver_type" text NOT NULL,
	"address" text NOT NULL,
	"reference" jsonb,
	"group_key" text,
	"policy" jsonb,
	"muted_by" text,
	"told_state" text,
	"told_tier" text,
	"told_at" bigint,
	"stands_in_for" text,
	"remote" jsonb,
	"closed_at" bigint,
	CONSTRAINT "episode_receivers_episode_id_receiver_pk" PRIMARY KEY("episode_id","receiver")
);
--> statement-breakpoint
CREATE TABLE "episodes" (
	"id" text PRIMARY KEY NOT NULL,
	"slo_name" text NOT NULL,
	"alert_key" text NOT NULL,
	"severity" text NOT NULL,
	"state" text NOT NULL,
	"started_at" bigint NOT NULL,
	"fired_at" bigint,
	"resolved_at" bigint,
	"tiers" jsonb NOT NULL,
	"resolution" text,
	"facts" jsonb NOT NULL,
	"updated_at" bigint NOT NULL,
	"acknowledged_at" bigint,
	"acknowledged_by" text,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "group_messages" (
	"receiver" text NOT NULL,
	"group_key" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"reference" jsonb,
	"last_sent_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	CONSTRAINT "group_messages_receiver_group_key_opened_at_pk" PRIMARY KEY("receiver","group_key","opened_at")
);
--> statement-breakpoint
CREATE TABLE "notification_attempts" (
	"notification_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"duration_ms" integer NOT NULL,
	"outcome" text NOT NULL,
	"detail" text NOT NULL,
	CONSTRAINT "notification_attempts_notification_id_attempt_pk" PRIMARY KEY("notification_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" text PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "notifications_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"episode_id" text NOT NULL,
	"receiver" text NOT NULL,
	"receiver_type" text NOT NULL,
	"action" text NOT NULL,
	"facts" jsonb NOT NULL,
	"context" jsonb,
	"at" bigint NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"maybe_sent" boolean DEFAULT false NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"bundle_id" text,
	"lease_owner" text,
	"leased_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "silences" (
	"id" text PRIMARY KEY NOT NULL,
	"matchers" jsonb NOT NULL,
	"starts_at" bigint NOT NULL,
	"ends_at" bigint NOT NULL,
	"comment" text NOT NULL,
	"author" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_by" text,
	"reminded_at" bigint
);
--> statement-breakpoint
CREATE TABLE "taken_webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"taken_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"sequence" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "corrections" (
	"id" text PRIMARY KEY NOT NULL,
	"definition" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_by" text,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "indicators" (
	"id" text PRIMARY KEY NOT NULL,
	"definition" jsonb NOT NULL,
	"state" text NOT NULL,
	"counted_up_to_group" text,
	"covered_from_ms" bigint,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"token" bigint NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "slo_groups" (
	"scope_id" text PRIMARY KEY NOT NULL,
	"record" jsonb NOT NULL,
	"version" integer NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "slo_revisions" (
	"slo_name" text NOT NULL,
	"revision" text NOT NULL,
	"definition" jsonb NOT NULL,
	"file" text NOT NULL,
	"commit" text,
	"loaded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "slo_revisions_slo_name_revision_pk" PRIMARY KEY("slo_name","revision")
);
--> statement-breakpoint
CREATE TABLE "spec_sources" (
	"name" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"revision" text,
	"files" jsonb NOT NULL,
	"updated_by" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "episode_receivers" ADD CONSTRAINT "episode_receivers_episode_id_episodes_id_fk" FOREIGN KEY ("episode_id") REFERENCES "public"."episodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_attempts" ADD CONSTRAINT "notification_attempts_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "public"."notifications"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_episode_id_episodes_id_fk" FOREIGN KEY ("episode_id") REFERENCES "public"."episodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deployments_of_service" ON "deployments" USING btree ("service","at");--> statement-breakpoint
CREATE INDEX "deployments_by_time" ON "deployments" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "episode_receivers_of_group" ON "episode_receivers" USING btree ("receiver","group_key") WHERE "episode_receivers"."group_key" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "episodes_one_open" ON "episodes" USING btree ("slo_name","alert_key") WHERE "episodes"."state" <> 'resolved';--> statement-breakpoint
CREATE INDEX "episodes_by_start" ON "episodes" USING btree ("started_at","id");--> statement-breakpoint
CREATE INDEX "notifications_undelivered" ON "notifications" USING btree ("receiver_type","next_attempt_at") WHERE "notifications"."state" in ('pending', 'rejected');--> statement-breakpoint
CREATE INDEX "notifications_of_episode" ON "notifications" USING btree ("episode_id","receiver","sequence");--> statement-breakpoint
CREATE INDEX "notifications_by_sequence" ON "notifications" USING btree ("sequence");--> statement-breakpoint
CREATE INDEX "silences_by_end" ON "silences" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "audit_log_of_subject" ON "audit_log" USING btree ("subject","sequence");