// The host's own storage: keys, locks, timer records, and the deployed package.
param name string
param location string
param tags object
param workspaceId string
param appPrincipalId string
param deployerId string
param deployerType string
param closed bool
param keyVaultUri string
param keyName string
param keyIdentityId string

var blobOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var queueContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var services = {
  blob: {
    enabled: true
    keyType: 'Account'
  }
  queue: {
    enabled: true
    keyType: 'Account'
  }
  table: {
    enabled: true
    keyType: 'Account'
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  // checkov:skip=CKV_AZURE_35:closed by the parameter privateNetwork, which production.parameters.json sets
  // checkov:skip=CKV_AZURE_206:Standard_ZRS is replicated; the check knows only names of its own list
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
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
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'app-package'
  properties: {
    publicAccess: 'None'
  }
}

// The host makes its containers itself and holds leases in them.
resource ownsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, blobOwner)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobOwner)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// The host's own control queue.
resource usesQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, queueContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueContributor)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// The host's diagnostic events.
resource usesTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: account
  name: guid(account.id, appPrincipalId, tableContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableContributor)
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// Whoever deploys puts the package there.
resource deployerWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  scope: account
  name: guid(account.id, deployerId, blobContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
    principalId: deployerId
    principalType: deployerType
  }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
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
output packageContainerUrl string = '${account.properties.primaryEndpoints.blob}${package.name}'
output blobUrl string = account.properties.primaryEndpoints.blob
output queueUrl string = account.properties.primaryEndpoints.queue
output tableUrl string = account.properties.primaryEndpoints.table
