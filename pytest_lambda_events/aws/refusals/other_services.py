"""The tables of deliveries by other services to functions, queues and topics.

Services and operations have botocore's names. `DELIVERED` is simulated, `REFUSED` raises `NotSimulatedError`, `WARNED` is
accepted with a warning in the journal, and `HARMLESS` takes an ARN without causing a delivery. docs/rules/check.py writes
these tables to the fidelity page.
"""

from __future__ import annotations

from . import api_gateway
from .conditions import (
    always,
    applies_on_transformed_logs,
    definition_delivers,
    deploys_a_function,
    expires_objects_on_the_bus,
    has,
    has_text,
    is_enriched_elsewhere,
    logs_deliveries,
    matches_events_of_other_services,
    names_a_function,
    names_a_receiver,
    notifies_of_what_is_not_simulated,
    pipes_elsewhere,
    reads_elsewhere,
    replays_an_archive,
    sends_logs_elsewhere,
    subscribes_elsewhere,
    subscribes_people,
    uses_a_global_endpoint,
)
from .rows import Delivered, Harmless, NotDelivered

INVOKE = "Call function.invoke(event) or function.invoke_async(event) with the event that AWS would send."
PUBLISH = "Publish to the topic, or send to the queue, the message that AWS would send."

DELIVERED: tuple[Delivered, ...] = (
    *api_gateway.DELIVERED,
    Delivered(
        "events", ("PutEvents", "PutRule", "PutTargets", "EnableRule", "CreateArchive", "CreateEventBus", "StartReplay"),
        "Rules with an event pattern or a schedule deliver to functions, queues, topics, Kinesis streams, log groups, state "
        "machines and event buses. They receive the event, `Input`, `InputPath` or `InputTransformer`. Another target raises "
        "`NotSimulatedError` when it would receive an event. Deliveries are retried by the `RetryPolicy` of the target, and "
        "failed ones go to the target's dead-letter queue. Archives keep events, and replays deliver them again.",
    ),
    Delivered(
        "pipes", ("CreatePipe", "UpdatePipe", "StartPipe"),
        "Pipes read queues, Kinesis streams and streams of tables. They filter, enrich with a function, and send to "
        "functions, queues, topics, Kinesis streams, event buses and log groups.",
    ),
    Delivered(
        "scheduler", ("CreateSchedule", "UpdateSchedule"),
        "Schedules call functions, queues, topics, event buses, streams and state machines, also through the universal "
        "targets of Lambda, SQS, SNS and EventBridge. What fails goes to the dead-letter queue of the schedule.",
    ),
    Delivered(
        "sns", ("Publish", "PublishBatch", "Subscribe", "ConfirmSubscription", "SetSubscriptionAttributes"),
        "Topics deliver to functions and queues: raw or in an envelope, with filter policies, retries and the subscription's "
        "dead-letter queue. FIFO topics deduplicate.",
    ),
    Delivered(
        "s3",
        (
            "PutBucketNotificationConfiguration", "PutBucketNotification", "PutObject", "CopyObject",
            "CompleteMultipartUpload", "DeleteObject", "DeleteObjects",
        ),
        "Buckets notify functions, queues, topics and the default event bus when objects are created, deleted or tagged, or "
        "when their ACL changes.",
    ),
    Delivered(
        "logs", ("PutSubscriptionFilter", "PutLogEvents"),
        "Subscription filters deliver the log events that match their pattern to functions and Kinesis streams.",
    ),
    Delivered(
        "sqs",
        (
            "SendMessage", "SendMessageBatch", "CreateQueue", "SetQueueAttributes", "ReceiveMessage",
            "ChangeMessageVisibility", "ChangeMessageVisibilityBatch",
        ),
        "Queues feed functions through event source mappings and move messages to dead-letter queues.",
    ),
    Delivered("kinesis", ("PutRecord", "PutRecords"), "Streams feed functions through event source mappings."),
    Delivered(
        "dynamodb",
        (
            "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement",
            "BatchExecuteStatement", "ExecuteTransaction",
        ),
        "Streams of tables feed functions through event source mappings.",
    ),
    Delivered(
        "ses", ("SetIdentityNotificationTopic",), "Mail to an address of the mailbox simulator is published to the topic.",
    ),
    Delivered(
        "cloudformation", ("CreateStack", "UpdateStack", "CreateChangeSet"),
        "Stacks publish to the topics of `NotificationARNs` when they are complete.",
    ),
    Delivered(
        "textract", ("StartDocumentTextDetection",), "A text detection publishes to the topic when it is complete.",
    ),
)  # fmt: skip

REFUSED: tuple[NotDelivered, ...] = (
    NotDelivered(
        "events", ("PutEvents", "CreateEndpoint", "UpdateEndpoint"), "A global endpoint of EventBridge",
        "Put events on the event bus, without EndpointId.", uses_a_global_endpoint, ("AWS::Events::Endpoint",),
    ),
    NotDelivered(
        "eventbridgev2", ("CreateEventBus", "CreateEventSource", "CreateSubscriber", "PutEvents", "PutRawEvents"),
        "A custom event bus of the client eventbridgev2", "Use the client events with an event bus and rules.", always,
    ),
    NotDelivered(
        "pipes", ("CreatePipe",), "A pipe whose source is not a queue, a Kinesis stream or the stream of a table",
        "Use one of these sources in the test.", reads_elsewhere, ("AWS::Pipes::Pipe",),
    ),
    NotDelivered(
        "pipes", ("CreatePipe", "UpdatePipe"), "The enrichment of a pipe by something else than a function",
        "Enrich the events with a function in the test.", is_enriched_elsewhere, ("AWS::Pipes::Pipe",),
    ),
    NotDelivered(
        "pipes", ("CreatePipe", "UpdatePipe"),
        "A target of a pipe other than a function, queue, topic, Kinesis stream, event bus or log group",
        "Give the pipe one of these targets in the test.", pipes_elsewhere, ("AWS::Pipes::Pipe",),
    ),
    NotDelivered(
        "stepfunctions", ("StartExecution", "StartSyncExecution"),
        "An execution of a state machine that runs a function or sends to a queue, topic or event bus",
        "Call the functions in the order of the state machine.", definition_delivers,
    ),
    NotDelivered(
        "s3", ("PutBucketNotificationConfiguration", "PutBucketNotification"),
        "A notification of S3 about an expiry, a transition, a replication, a restore, a retention or an annotation", INVOKE,
        notifies_of_what_is_not_simulated, ("AWS::S3::Bucket",),
    ),
    NotDelivered(
        "s3", ("PutObjectAnnotation", "DeleteObjectAnnotation"), "An annotation of an object",
        "Replace the call in the test, for example with botocore.stub.Stubber.", always,
        effect="moto, which answers calls of S3, would replace or delete the object itself.",
    ),
    NotDelivered(
        "s3", ("RenameObject", "UpdateObjectEncryption"), "A change of an object other than its content, tags and ACL",
        "Replace the call in the test, for example with botocore.stub.Stubber.", always,
        effect="moto, which answers calls of S3, would replace the object.",
    ),
    NotDelivered(
        "s3control",
        ("CreateAccessPointForObjectLambda", "PutAccessPointConfigurationForObjectLambda", "CreateJob"),
        "A function behind S3 Object Lambda or in S3 Batch Operations", INVOKE,
    ),
    NotDelivered(
        "sns", ("Subscribe",), "A subscription of an HTTP or HTTPS endpoint or of a Firehose stream to a topic",
        "Subscribe a queue or a function.", subscribes_elsewhere, ("AWS::SNS::Subscription", "AWS::SNS::Topic"),
    ),
    NotDelivered(
        "sns", ("CreateTopic",), "A data protection policy of a topic", "Publish messages that need no protection.",
        has("DataProtectionPolicy"), effect="On AWS it masks or refuses messages; here they would stay as they are.",
    ),
    NotDelivered(
        "sns", ("Subscribe", "SetSubscriptionAttributes"), "The replay of the archive of a FIFO topic",
        "Publish the messages again.", replays_an_archive,
    ),
    NotDelivered(
        "logs", ("PutSubscriptionFilter",), "A subscription filter that sends to Firehose or to a logical destination",
        "Send the log events to a function or a Kinesis stream.", sends_logs_elsewhere, ("AWS::Logs::SubscriptionFilter",),
    ),
    NotDelivered(
        "logs", ("PutSubscriptionFilter",), "A subscription filter of transformed log events",
        "Set applyOnTransformedLogs to false, and put the log events in their final form.", applies_on_transformed_logs,
        ("AWS::Logs::SubscriptionFilter",),
    ),
    NotDelivered("logs", ("PutTransformer",), "A transformer of a log group", "Put log events in their final form.", always),
    NotDelivered(
        "logs", ("PutAccountPolicy",), "A subscription filter of an account", "Give each log group its own filter.",
        has_text("SUBSCRIPTION_FILTER_POLICY"), ("AWS::Logs::AccountPolicy",),
    ),
    NotDelivered(
        "firehose", ("CreateDeliveryStream", "UpdateDestination"), "A function that transforms the records of Firehose",
        INVOKE, names_a_function, ("AWS::KinesisFirehose::DeliveryStream",),
    ),
    NotDelivered(
        "dynamodb", ("EnableKinesisStreamingDestination",), "A Kinesis stream that receives the changes of a table",
        "Use the table's own stream, or put the records on the Kinesis stream.", always,
    ),
    NotDelivered(
        "dynamodb", (), "KinesisStreamSpecification of AWS::DynamoDB::Table in a stack",
        "Use the table's own stream, or put the records on the Kinesis stream.", has("KinesisStreamSpecification"),
        ("AWS::DynamoDB::Table",),
    ),
    NotDelivered(
        "dynamodb", ("CreateTable",), "A replica of a table in another Region or account",
        "Create a table in each Region, and let the test write to each.", has("GlobalTableSourceArn"),
    ),
    NotDelivered(
        "dynamodb", ("UpdateTable",), "A replica of a table in another Region or account",
        "Create a table in each Region, and let the test write to each.", has("ReplicaUpdates"),
    ),
    NotDelivered(
        "cognito-idp", ("CreateUserPool", "UpdateUserPool"), "A trigger of a Cognito user pool", INVOKE, has("LambdaConfig"),
        ("AWS::Cognito::UserPool",),
    ),
    NotDelivered("cognito-sync", ("SetCognitoEvents",), "A trigger of Cognito Sync", INVOKE),
    NotDelivered(
        "iot",
        (
            "CreateTopicRule", "ReplaceTopicRule", "CreateAuthorizer", "UpdateAuthorizer", "CreateDomainConfiguration",
            "UpdateDomainConfiguration", "CreateProvisioningTemplate", "UpdateProvisioningTemplate",
            "CreateCertificateProvider", "UpdateCertificateProvider",
        ),
        "An IoT rule, authorizer or hook that calls a function or sends to a queue or topic", INVOKE,
        lambda parameters: names_a_receiver(parameters) or "queueUrl" in str(parameters), ("AWS::IoT::TopicRule",),
    ),
    NotDelivered(
        "greengrass", ("CreateFunctionDefinition", "CreateFunctionDefinitionVersion", "CreateSubscriptionDefinition",
                       "CreateSubscriptionDefinitionVersion"),
        "A function on a Greengrass core", INVOKE,
    ),
    NotDelivered(
        "ses", ("CreateReceiptRule", "UpdateReceiptRule", "CreateConfigurationSetEventDestination",
                "UpdateConfigurationSetEventDestination"),
        "A receipt rule or event destination of SES that calls a function or publishes to a topic", INVOKE, names_a_receiver,
    ),
    NotDelivered(
        "sesv2", ("CreateConfigurationSetEventDestination", "UpdateConfigurationSetEventDestination"),
        "An event destination of SES that publishes to a topic", PUBLISH, names_a_receiver,
    ),
    NotDelivered(
        "cloudfront", ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution"),
        "A function at the edge (Lambda@Edge)", INVOKE, names_a_function, ("AWS::CloudFront::Distribution",),
    ),
    *api_gateway.REFUSED,
    NotDelivered(
        "elbv2", ("RegisterTargets",), "A function as the target of a load balancer",
        "Create the target group with lambda_events.target_group(name, function), and send requests to it.", names_a_function,
        ("AWS::ElasticLoadBalancingV2::TargetGroup",),
    ),
    NotDelivered("vpc-lattice", ("RegisterTargets",), "A function as a target of VPC Lattice", INVOKE),
    NotDelivered(
        "appsync",
        (
            "CreateDataSource", "UpdateDataSource", "CreateFunction", "UpdateFunction", "CreateResolver", "UpdateResolver",
            "CreateGraphqlApi", "UpdateGraphqlApi", "CreateApi", "UpdateApi", "CreateChannelNamespace",
            "UpdateChannelNamespace",
        ),
        "A function as data source, resolver or authorizer of AppSync", INVOKE,
    ),
    NotDelivered("secretsmanager", ("RotateSecret",), "The rotation of a secret by a function", INVOKE, always),
    NotDelivered("config", ("PutConfigRule", "PutOrganizationConfigRule"), "A rule of AWS Config that is a function", INVOKE),
    NotDelivered("connect", ("AssociateLambdaFunction", "AssociateBot"), "A function of Amazon Connect", INVOKE),
    NotDelivered("lexv2-models", ("CreateBotAlias", "UpdateBotAlias"), "A code hook of Amazon Lex", INVOKE),
    NotDelivered(
        "bedrock-agent", ("CreateAgent", "UpdateAgent", "CreateAgentActionGroup", "UpdateAgentActionGroup", "CreateFlow",
                          "UpdateFlow"),
        "A function of a Bedrock agent", INVOKE,
    ),
    NotDelivered("bedrock", ("CreateModelCustomizationJob",), "A function that grades a Bedrock model", INVOKE),
    NotDelivered(
        "bedrock-agentcore-control",
        ("CreateGateway", "UpdateGateway", "CreateGatewayTarget", "UpdateGatewayTarget", "CreateMemory", "UpdateMemory"),
        "A function or topic of Bedrock AgentCore", INVOKE, names_a_receiver,
    ),
    NotDelivered(
        "codepipeline", ("CreatePipeline", "UpdatePipeline"), "A pipeline's action that invokes a function", INVOKE,
        has_text("Lambda"),
    ),
    NotDelivered(
        "codedeploy", ("CreateDeploymentGroup", "UpdateDeploymentGroup"), "A notification of CodeDeploy", PUBLISH,
        names_a_receiver,
    ),
    NotDelivered(
        "codedeploy", ("CreateDeployment",), "The deployment of a function by CodeDeploy, with its hooks",
        "Change the alias with update_alias, and call the hooks.", deploys_a_function,
    ),
    NotDelivered("codecommit", ("PutRepositoryTriggers",), "A trigger of a CodeCommit repository", INVOKE, names_a_receiver),
    NotDelivered(
        "ecs", ("CreateService", "UpdateService"), "A function as lifecycle hook of an ECS service", INVOKE, names_a_function,
        ("AWS::ECS::Service",),
    ),
    NotDelivered("ec2", ("CreateClientVpnEndpoint", "ModifyClientVpnEndpoint"), "A function of a Client VPN endpoint", INVOKE),
    NotDelivered(
        "transfer", ("CreateServer", "UpdateServer", "CreateWorkflow"), "A function of AWS Transfer Family", INVOKE,
    ),
    NotDelivered(
        "ssm", ("RegisterTaskWithMaintenanceWindow", "UpdateMaintenanceWindowTask"), "A function in a maintenance window",
        INVOKE, lambda parameters: parameters.get("TaskType") == "LAMBDA" or names_a_function(parameters),
    ),
    NotDelivered(
        "swf", ("RespondDecisionTaskCompleted",), "A function that a workflow of SWF schedules", INVOKE,
        lambda parameters: "ScheduleLambdaFunction" in str(parameters.get("decisions") or ()),
    ),
    NotDelivered("pinpoint", ("UpdateApplicationSettings",), "A function of a Pinpoint campaign", INVOKE),
    NotDelivered(
        "kinesisanalyticsv2", ("CreateApplication", "UpdateApplication", "AddApplicationInput", "AddApplicationOutput"),
        "A function of Managed Service for Apache Flink", INVOKE,
    ),
    NotDelivered(
        "autoscaling",
        (
            "PutNotificationConfiguration", "PutLifecycleHook", "CreateAutoScalingGroup", "UpdateAutoScalingGroup",
        ),
        "A notification or hook of Auto Scaling", PUBLISH, names_a_receiver, ("AWS::AutoScaling::AutoScalingGroup",),
    ),
    NotDelivered(
        "cloudwatch", ("SetAlarmState",), "The action of a CloudWatch alarm", PUBLISH, names_a_receiver,
    ),
    NotDelivered("ssm", ("SendCommand",), "A notification of Systems Manager", PUBLISH, names_a_receiver),
    NotDelivered(
        "rekognition", ("StartFaceSearch", "StartTextDetection"), "The notification that a Rekognition job is complete",
        PUBLISH, names_a_receiver,
    ),
    NotDelivered(
        "textract", ("StartDocumentAnalysis",), "The notification that an analysis of Textract is complete", PUBLISH,
        names_a_receiver,
    ),
    NotDelivered("glacier", ("InitiateJob", "SetVaultNotifications"), "A notification of Glacier", PUBLISH, names_a_receiver),
    NotDelivered(
        "glue", ("CreateCrawler", "UpdateCrawler"), "A Glue crawler that reads a queue", PUBLISH, names_a_receiver,
    ),
    NotDelivered("sagemaker", ("CreateEndpointConfig",), "A notification of SageMaker", PUBLISH, names_a_receiver),
    NotDelivered("sagemaker", ("CreateModel", "CreateTrainingJob"), "A function that gives SageMaker credentials", INVOKE),
    NotDelivered(
        "appconfig", ("CreateConfigurationProfile", "UpdateConfigurationProfile"), "A function as validator of AppConfig",
        INVOKE,
    ),
    NotDelivered("athena", ("CreateDataCatalog",), "A function as data catalog of Athena", INVOKE),
)  # fmt: skip

WARNED: tuple[NotDelivered, ...] = (
    *api_gateway.WARNED,
    NotDelivered(
        "cloudwatch", ("PutMetricAlarm", "PutCompositeAlarm"), "An action of a CloudWatch alarm", PUBLISH, names_a_receiver,
    ),
    NotDelivered(
        "events", ("PutRule",), "An event of a service other than S3, Lambda, EventBridge and Scheduler",
        'Put it with lambda_events.event_buses["default"].put_event(source="aws...", ...).',
        matches_events_of_other_services,
    ),
    NotDelivered(
        "s3", ("PutBucketLifecycleConfiguration", "PutBucketNotificationConfiguration"),
        "The event of an object that a lifecycle rule expires or moves", INVOKE, expires_objects_on_the_bus,
    ),
    NotDelivered(
        "sns", ("Subscribe",), "A subscription of an email address, a phone number or a mobile device",
        "Read the messages from `topic.messages`.", subscribes_people, ("AWS::SNS::Subscription", "AWS::SNS::Topic"),
    ),
    NotDelivered(
        "sns", ("CreateTopic", "SetTopicAttributes"), "The logging of deliveries of a topic", "Read the timeline instead.",
        logs_deliveries, ("AWS::SNS::Topic",), effect="On AWS it writes log events; here there would be none.",
    ),
    NotDelivered("budgets", ("CreateBudget", "CreateNotification"), "A notification of a budget", PUBLISH, names_a_receiver),
    NotDelivered("rds", ("CreateEventSubscription",), "An event subscription of RDS", PUBLISH, names_a_receiver),
    NotDelivered(
        "elasticache", ("CreateCacheCluster", "CreateReplicationGroup", "ModifyReplicationGroup"),
        "A notification of ElastiCache", PUBLISH, names_a_receiver,
    ),
    NotDelivered("memorydb", ("CreateCluster", "UpdateCluster"), "A notification of MemoryDB", PUBLISH, names_a_receiver),
    NotDelivered("dax", ("CreateCluster",), "A notification of DAX", PUBLISH, names_a_receiver),
    NotDelivered("config", ("PutDeliveryChannel",), "A notification of AWS Config", PUBLISH, names_a_receiver),
    NotDelivered("cloudtrail", ("CreateTrail", "UpdateTrail"), "A notification of CloudTrail", PUBLISH, has("SnsTopicName")),
    NotDelivered("resiliencehub", ("CreateApp",), "A notification of Resilience Hub", PUBLISH, names_a_receiver),
)  # fmt: skip
"""Settings that are common in code that creates whole systems. Tests of such code rarely depend on these deliveries."""

HARMLESS: tuple[Harmless, ...] = (
    Harmless(
        "cognito-idp",
        (
            "AdminConfirmSignUp", "AdminCreateUser", "AdminInitiateAuth", "AdminResetUserPassword",
            "AdminRespondToAuthChallenge", "AdminUpdateUserAttributes", "ConfirmForgotPassword", "ConfirmSignUp",
            "CreateUserPoolClient", "ForgotPassword", "InitiateAuth", "RespondToAuthChallenge", "SignUp",
            "UpdateUserAttributes", "UpdateUserPoolClient",
        ),
        "They run the triggers of the user pool, and a pool with triggers is refused.",
    ),
    Harmless("sns", ("AddPermission",), "A topic alone delivers nothing."),
    Harmless("elbv2", ("CreateTargetGroup", "ModifyTargetGroupAttributes"), "A function as target is refused."),
    Harmless(
        "greengrass", ("UpdateFunctionDefinition", "CreateResourceDefinition", "CreateResourceDefinitionVersion"),
        "The definition of a function is refused.",
    ),
    Harmless("swf", ("RegisterWorkflowType", "StartWorkflowExecution"), "Operations that run a function are refused."),
    Harmless("secretsmanager", ("PutSecretValue",), "A rotation by a function is refused."),
    Harmless("s3", ("WriteGetObjectResponse",), "S3 Object Lambda is refused."),
    Harmless("config", ("PutEvaluations",), "Functions call this operation to report."),
    Harmless("cloudtrail", ("PutEventSelectors",), "Trails record calls and deliver nothing to functions."),
    Harmless("inspector2", ("CreateFilter",), "It filters findings about functions."),
    Harmless("securityhub", ("BatchImportFindings",), "Findings describe functions."),
    Harmless("quicksight", ("CreateDashboard",), "A QuickSight topic is not an SNS topic."),
    Harmless("synthetics", ("CreateCanary",), "Canaries are functions that AWS manages."),
)  # fmt: skip
