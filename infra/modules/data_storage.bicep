// Where requests, images and queues live. Blob soft delete and versioning stay off: they would
// bring back what was erased, and bury the folder of due entries under its own past.
param name string
param location string
param tags object
param workspaceId string
param appPrincipalId string
param closed bool
param sku string
param immutableJournals bool
param auditWrites bool
param keyVaultUri string
param keyName string
param keyIdentityId string

// Made from the code's own tables by `python -m dev.infra_tables --write`.
var tables = loadJsonContent('../tables.json')
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDelegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
var queueContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var audited = auditWrites ? [
  'StorageDelete'
  'StorageWrite'
] : [
  'StorageDelete'
]
var services = {
  blob: {
    enabled: true
    keyType: 'Account'
  }
  queue: {
    enabled: true
    keyType: 'Account'
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_35:closed by the parameter privateNetwork, which production.parameters.json sets
  // checkov:skip=CKV_AZURE_206:set by the parameter storageSku; its default, Standard_ZRS, is replicated
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  identity: empty(keyVaultUri) ? null : {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${keyIdentityId}': {}
    }
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: closed ? 'Deny' : 'Allow'
    }
    encryption: empty(keyVaultUri) ? {
      keySource: 'Microsoft.Storage'
      requireInfrastructureEncryption: true
      services: services
    } : {
      keySource: 'Microsoft.Keyvault'
      requireInfrastructureEncryption: true
      services: services
      identity: {
        userAssignedIdentity: keyIdentityId
      }
      keyvaultproperties: {
        keyvaulturi: keyVaultUri
        keyname: keyName
      }
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: false
    deleteRetentionPolicy: {
      enabled: false
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 30
    }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [
  for container in tables.containers: {
    parent: blobs
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

// Journals may grow and never change. Unlocked, so that whoever tries it out can take it back;
// locking it is a step of docs/operations.md, and cannot be taken back.
resource immutable 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-01-01' = if (immutableJournals) {
  name: '${name}/default/${tables.journals}/default'
  properties: {
    immutabilityPeriodSinceCreationInDays: tables.retention.journalDays
    allowProtectedAppendWrites: true
  }
  dependsOn: [
    containers
  ]
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [
  for one in tables.queues: {
    parent: queues
    name: one
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: loadJsonContent('../lifecycle.json')
  }
  dependsOn: [
    blobs
  ]
}

// Reads and writes every blob of the app.
resource writesBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, blobContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Signs the addresses that POST /uploads hands out.
resource signsLinks 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, blobDelegator)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDelegator)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Triggers take messages, steps and events are sent, poison is moved.
resource usesQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, queueContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueContributor)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    logs: [
      for category in audited: {
        category: category
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: queues
  name: 'audit'
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output name string = account.name
output blobUrl string = account.properties.primaryEndpoints.blob
output queueUrl string = account.properties.primaryEndpoints.queue
