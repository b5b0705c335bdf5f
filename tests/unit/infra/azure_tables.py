"""What Azure has, as far as the templates use it; each entry was looked up, none is derived."""

# Types with the version that is asked for, one for each: those of Azure Verified Modules of
# 2026-08 (Azure/bicep-registry-modules), each also one of those that Azure's API specifications
# have, by the lists in pulumi-azure-native 3.29.0, which is made from them.
API_VERSIONS = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.CognitiveServices/accounts": "2025-06-01",
    "Microsoft.CognitiveServices/accounts/deployments": "2025-06-01",
    "Microsoft.EventGrid/topics": "2025-04-01-preview",
    "Microsoft.Insights/actionGroups": "2024-10-01-preview",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Insights/diagnosticSettings": "2021-05-01-preview",
    "Microsoft.Insights/metricAlerts": "2018-03-01",
    "Microsoft.Insights/scheduledQueryRules": "2025-01-01-preview",
    "Microsoft.Insights/workbooks": "2023-06-01",
    "Microsoft.KeyVault/vaults": "2024-11-01",
    "Microsoft.KeyVault/vaults/keys": "2024-11-01",
    "Microsoft.Logic/workflows": "2019-05-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2024-11-30",
    "Microsoft.Network/networkSecurityGroups": "2025-05-01",
    "Microsoft.Network/privateDnsZones": "2020-06-01",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "2020-06-01",
    "Microsoft.Network/privateEndpoints": "2025-05-01",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "2025-05-01",
    "Microsoft.Network/virtualNetworks": "2025-05-01",
    "Microsoft.OperationalInsights/workspaces": "2025-07-01",
    "Microsoft.Resources/resourceGroups": "2024-11-01",
    "Microsoft.Storage/storageAccounts": "2025-06-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2025-01-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2025-01-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies": "2025-01-01",
    "Microsoft.Storage/storageAccounts/managementPolicies": "2025-06-01",
    "Microsoft.Storage/storageAccounts/queueServices": "2025-06-01",
    "Microsoft.Storage/storageAccounts/queueServices/queues": "2025-06-01",
    "Microsoft.Web/connections": "2016-06-01",
    "Microsoft.Web/serverfarms": "2025-03-01",
    "Microsoft.Web/sites": "2025-03-01",
    "Microsoft.Web/sites/config": "2025-03-01",
}
# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles, and what each is for.
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",  # the host's own blobs
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",  # the app's; package
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",  # upload addresses
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",  # triggers, sends
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",  # the host's events
    "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd": "Cognitive Services OpenAI User",  # calls the model
    "a97b65f3-24c7-4388-baec-2e87135dc908": "Cognitive Services User",  # Content Safety judges
    "d5a91429-5739-47e2-a06b-3470a27159e7": "EventGrid Data Sender",  # sends events
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",  # sends telemetry
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",  # reads the signing keys
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",  # rotates them
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",  # storage
}
# https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions
FUNCTIONS = {
    "concat",
    "contains",
    "deployment",
    "empty",
    "environment",
    "guid",
    "loadJsonContent",
    "resourceGroup",
    "resourceId",
    "string",
    "subscription",
    "subscriptionResourceId",
    "toLower",
    "union",
    "uniqueString",
    # Decorators.
    "allowed",
    "batchSize",
    "description",
    "maxLength",
    "maxValue",
    "metadata",
    "minLength",
    "minValue",
    "secure",
}
# Most characters of a name: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
NAME_CHARS = {
    "Microsoft.CognitiveServices/accounts": 64,
    "Microsoft.EventGrid/topics": 50,
    "Microsoft.KeyVault/vaults": 24,
    "Microsoft.ManagedIdentity/userAssignedIdentities": 128,
    "Microsoft.Storage/storageAccounts": 24,
    "Microsoft.Web/serverfarms": 60,
    "Microsoft.Web/sites": 60,
}
